BeforeAll {
    . $PSScriptRoot/common.ps1
    $emulator = Start-ZonalEmulator -UseAsDefault
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Open-ZonalStream' {
    It 'gives a stream that can be read and moved in' {
        $stream = Open-ZonalStream gs://zonal-bucket/size-3000001
        try {
            $stream | Should -BeOfType System.IO.Stream
            $stream.Length | Should -Be 3000001
            $buffer = [byte[]]::new(100000)
            for ($at = 0; $at -lt 1000000; $at += $buffer.Length) {
                $stream.Read($buffer, 0, $buffer.Length) | Should -Be $buffer.Length
                [ZonalTestContent]::Matches($buffer, $at) | Should -BeTrue
            }
            $null = $stream.Seek(-10, 'End')
            $stream.Read($buffer, 0, 100) | Should -Be 10
            [ZonalTestContent]::Matches([byte[]]$buffer[0..9], 2999991) | Should -BeTrue
        } finally { $stream.Dispose() }
    }
    It 'goes into .NET readers as it is' {
        $stream = Open-ZonalStream -Bucket zonal-bucket -Name size-2000001
        $hash = (Get-FileHash -InputStream $stream -Algorithm SHA256).Hash
        $stream.Dispose()
        $bytes = Get-ZonalObject gs://zonal-bucket/size-2000001
        $hash | Should -Be ([Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($bytes)))
    }
    It 'takes addresses and info objects by pipe, and opens one for each' {
        $streams = @('gs://zonal-bucket/size-1', 'gs://zonal-bucket/size-2' | Open-ZonalStream) + @(Get-ZonalObjectInfo gs://zonal-bucket/size-3 | Open-ZonalStream)
        $streams.Length | Should -Be 3
        $streams.ForEach{ $_.Length } | Should -Be 1, 2, 3
        $streams.ForEach{ $_.Dispose() }
    }
    It 'reads without read-ahead and with a block cache' -ForEach @(@{ With = @{ NoPrefetch = $true } }, @{ With = @{ BlockCacheSize = '1MB' } }) {
        $stream = Open-ZonalStream gs://zonal-bucket/size-2000001 @With
        $copy = [IO.MemoryStream]::new()
        $stream.CopyTo($copy)
        $stream.Dispose()
        $copy.Length | Should -Be 2000001
        [ZonalTestContent]::Matches($copy.ToArray(), 0) | Should -BeTrue
    }
    It 'is an error for what is not there, and for a bucket; the others go on' {
        $streams = @('gs://zonal-bucket/none', 'gs://zonal-bucket/', 'gs://zonal-bucket/size-9' |
            Open-ZonalStream -ErrorAction SilentlyContinue -ErrorVariable failures)
        $streams.Length | Should -Be 1
        $streams[0].Dispose()
        $failures.FullyQualifiedErrorId | ForEach-Object { ($_ -split ',')[0] } | Should -Be 'ObjectNotFound', 'AddressIncomplete'
    }
    It 'leaves no open stream when it is closed with bytes on the way' {
        $session = New-ZonalSession $emulator.Endpoint -NoDefault
        $stream = Open-ZonalStream gs://zonal-bucket/size-1g -Session $session -PrefetchTrigger 1
        $null = $stream.Read([byte[]]::new(100000), 0, 100000)
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $stream.Dispose()
        $clock.ElapsedMilliseconds | Should -BeLessThan 1000
        (Get-ZonalMetric $session).Streams | Should -Be 0
        (Get-ZonalMetric $session).MemoryInUse | Should -Be 0
        { $stream.ReadByte() } | Should -Throw
        Remove-ZonalSession $session
    }
}

Describe 'Get-ZonalObject in other shapes' {
    It 'gives chunks in order' -ForEach @(@{ With = @{} }, @{ With = @{ ReuseBuffer = $true } }) {
        $at = 0
        Get-ZonalObject gs://zonal-bucket/size-5000001 -ChunkSize 1MB @With | ForEach-Object {
            $_.GetType().FullName | Should -Be 'System.Byte[]'
            [ZonalTestContent]::Matches($_, $at) | Should -BeTrue
            $at += $_.Length
        }
        $at | Should -Be 5000001
    }
    It 'gives the chunks of a slice' {
        $chunks = @(Get-ZonalObject gs://zonal-bucket/size-5000001 -Offset -250000 -ChunkSize 100000)
        $chunks.ForEach{ $_.Length } | Should -Be 100000, 100000, 50000
        [ZonalTestContent]::Matches($chunks[2], 4950001) | Should -BeTrue
    }
    It 'gives the first chunk before the last is asked for' {
        $session = New-ZonalSession $emulator.Endpoint -NoDefault -MemoryBudget 16MB
        (Get-ZonalObject gs://zonal-bucket/size-1g -ChunkSize 1MB -Session $session | Select-Object -First 1).Length | Should -Be 1MB
        (Get-ZonalMetric $session).BytesRead | Should -BeLessThan 64MB
        Remove-ZonalSession $session
    }
    It 'gives text in its encoding' -ForEach @(
        @{ Encoding = 'utf8'; Use = @{} }
        @{ Encoding = 'unicode'; Use = @{} }
        @{ Encoding = 'latin1'; Use = @{ Encoding = 'latin1' } }
    ) {
        $text = "größer`nals 1 Zeile"
        $path = Join-Path $folder text.txt
        Set-Content $path $text -Encoding $Encoding -NoNewline
        $session = Get-ZonalSession -Default
        $file = [IO.File]::OpenRead($path)
        $null = $session.UploadAsync([ZonalStorage.ZonalUri]::Parse('gs://zonal-bucket/text.txt'), $file, $null, $null, $null, [Threading.CancellationToken]::None).GetAwaiter().GetResult()
        $file.Dispose()
        Get-ZonalObject gs://zonal-bucket/text.txt -AsString @Use | Should -BeExactly $text
    }
    It 'gives a stream that stands where it was asked to' {
        $stream = Get-ZonalObject gs://zonal-bucket/size-2000 -AsStream -Offset -5
        $stream.Position | Should -Be 1995
        $stream.Dispose()
    }
    It 'refuses two shapes at a time, and names them' {
        { Get-ZonalObject gs://zonal-bucket/size-1 -AsString -ChunkSize 5 } | Should -Throw -ErrorId 'ParametersConflict*'
        { Get-ZonalObject gs://zonal-bucket/size-1 -AsString -Encoding none } | Should -Throw '*utf8*'
    }
}

Describe 'Get-ZonalMetric' {
    It 'counts what a session reads' {
        $session = New-ZonalSession $emulator.Endpoint -NoDefault -MemoryBudget 32MB
        $null = Get-ZonalObject gs://zonal-bucket/size-3000001 -Session $session
        $metric = $session | Get-ZonalMetric
        $metric.SessionId | Should -Be $session.Id
        $metric.BytesRead | Should -Be 3000001
        $metric.MemoryBudget | Should -Be 32MB
        $metric.Retries | Should -Be 0
        (Get-ZonalMetric).SessionId | Should -Contain $session.Id
        Remove-ZonalSession $session
    }
}
