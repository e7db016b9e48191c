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

Describe 'Get-ZonalObject to memory' {
    It 'gives one array with the right bytes' {
        $bytes = @(Get-ZonalObject gs://zonal-bucket/size-5000001)
        $bytes.Count | Should -Be 1
        $bytes[0].GetType().FullName | Should -Be 'System.Byte[]'
        $bytes[0].Length | Should -Be 5000001
        [ZonalTestContent]::Matches($bytes[0], 0) | Should -BeTrue
    }
    It 'gives an empty array for an empty object' {
        $bytes = Get-ZonalObject gs://zonal-bucket/size-0
        , $bytes | Should -BeOfType byte[]
        $bytes.Length | Should -Be 0
    }
    It 'reads a slice at <Offset> of <Length>' -ForEach @(
        @{ Offset = 100; Length = 50; At = 100; Count = 50 }
        @{ Offset = -10; Length = 10; At = 1990; Count = 10 }
        @{ Offset = -10; Length = 4; At = 1990; Count = 4 }
        @{ Offset = '1KB'; Length = '1KiB'; At = 1024; Count = 976 }
        @{ Offset = 2000; Length = 5; At = 2000; Count = 0 }
    ) {
        $bytes = Get-ZonalObject gs://zonal-bucket/size-2000 -Offset $Offset -Length $Length
        $bytes.Length | Should -Be $Count
        [ZonalTestContent]::Matches($bytes, $At) | Should -BeTrue
    }
    It 'takes bucket and name, also under their other names' {
        (Get-ZonalObject -Bucket zonal-bucket -Name size-10).Length | Should -Be 10
        (Get-ZonalObject -Bucket gs://zonal-bucket -Key size-10).Length | Should -Be 10
    }
    It 'takes several by pipe, in their order' {
        $arrays = 'gs://zonal-bucket/size-3', 'gs://zonal-bucket/size-1m', 'gs://zonal-bucket/size-5' | Get-ZonalObject
        $arrays.ForEach{ $_.Length } | Should -Be 3, 1048576, 5
    }
    It 'takes info objects by pipe and by property name' {
        (Get-ZonalObjectInfo gs://zonal-bucket/size-7 | Get-ZonalObject).Length | Should -Be 7
        ([pscustomobject]@{ Bucket = 'zonal-bucket'; Name = 'size-8' } | Get-ZonalObject).Length | Should -Be 8
    }
    It 'goes to a native command as it is' -Skip:(-not (Get-Command sha256sum -ErrorAction Ignore)) {
        $expected = Get-Sha256 (Get-ZonalObject gs://zonal-bucket/size-3m)
        (Get-ZonalObject gs://zonal-bucket/size-3m | sha256sum).Split(' ')[0] | Should -Be $expected
    }
    It 'writes an error for each object that fails and goes on' {
        $arrays = 'size-1', 'none', 'size-2' | ForEach-Object { "gs://zonal-bucket/$_" } |
            Get-ZonalObject -ErrorAction SilentlyContinue -ErrorVariable failures
        $arrays.ForEach{ $_.Length } | Should -Be 1, 2
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        "$($failures[0].TargetObject)" | Should -Be 'gs://zonal-bucket/none'
    }
    It 'stops at the first with Select-Object and leaves no stream' {
        $before = Get-EmulatorStat $emulator open_streams
        (1..50 | ForEach-Object { 'gs://zonal-bucket/size-1m' } | Get-ZonalObject | Select-Object -First 1).Length | Should -Be 1MB
        Wait-NoStream $emulator $before
    }
}

Describe 'Get-ZonalObject to files' {
    It 'writes the right bytes and nothing else' {
        $file = Join-Path $folder a.bin
        Get-ZonalObject gs://zonal-bucket/size-20000001 $file | Should -BeNullOrEmpty
        (Get-FileHash $file).Hash | Should -Be (Get-Sha256 (Get-ZonalObject gs://zonal-bucket/size-20000001))
        (Get-ChildItem $folder).Name | Should -Be 'a.bin'
        Remove-Item $file
    }
    It 'tells with -PassThru what it did' {
        $result = Get-ZonalObject gs://zonal-bucket/size-1m (Join-Path $folder b.bin) -PassThru
        $result.Bytes | Should -Be 1MB
        $result.Path | Should -Be (Join-Path $folder b.bin)
        Remove-Item $result.Path
    }
    It 'writes into a folder by the last part of the name' {
        Get-ZonalObject gs://zonal-bucket/some/where/size-10 $folder
        (Get-Item (Join-Path $folder size-10)).Length | Should -Be 10
        Remove-Item (Join-Path $folder size-10)
    }
    It 'goes by the location of the session, not of the process' {
        Push-Location $folder
        try { Get-ZonalObject gs://zonal-bucket/size-11 ./here.bin } finally { Pop-Location }
        (Get-Item (Join-Path $folder here.bin)).Length | Should -Be 11
        Remove-Item (Join-Path $folder here.bin)
    }
    It 'keeps a file that exists, unless forced' {
        $file = Join-Path $folder c.bin
        Set-Content $file old -NoNewline
        { Get-ZonalObject gs://zonal-bucket/size-10 $file -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists,*'
        Get-Content $file | Should -Be old
        Get-ZonalObject gs://zonal-bucket/size-10 $file -Force
        (Get-Item $file).Length | Should -Be 10
        Remove-Item $file
    }
    It 'does nothing with -WhatIf' {
        Get-ZonalObject gs://zonal-bucket/size-10 (Join-Path $folder d.bin) -WhatIf
        Test-Path (Join-Path $folder d.bin) | Should -BeFalse
    }
    It 'refuses what is no file system' {
        { Get-ZonalObject gs://zonal-bucket/size-10 Env:x -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationNotFileSystem,*'
    }
    It 'ends at once when stopped, with no file and no stream' {
        $slow = Start-ZonalEmulator -BandwidthPerStream 5MB
        try {
            $took = Stop-InTheMiddle "`$s = New-ZonalSession $($slow.Endpoint); Get-ZonalObject gs://zonal-bucket/size-1g '$folder/slow.bin'" 2500
            $took | Should -BeLessThan 200
            Get-ChildItem $folder | Should -BeNullOrEmpty
            Wait-NoStream $slow
        } finally {
            $slow | Stop-ZonalEmulator
        }
    }
}
