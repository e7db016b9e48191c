BeforeAll {
    . $PSScriptRoot/common.ps1
    $emulator = Start-ZonalEmulator -UseAsDefault
    $slow = Start-ZonalEmulator -BandwidthPerStream 3MB
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")

    # Runs a script in a runspace of its own and gives back its streams.
    function Invoke-WithStreams([string] $Script) {
        $shell = [powershell]::Create().AddScript("Import-Module '$module'; $Script")
        try { $null = $shell.Invoke(); $shell.Streams } finally { $shell.Dispose() }
    }
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Errors' {
    It 'of <Id> have category <Category>, a target, advice and no stack trace' -ForEach @(
        @{ Id = 'ObjectNotFound'; Category = 'ObjectNotFound'; Script = { Get-ZonalObject gs://zonal-bucket/none } }
        @{ Id = 'BucketNotFound'; Category = 'ObjectNotFound'; Script = { Get-ZonalObject gs://wrong-bucket/name } }
        @{ Id = 'BucketNotFound'; Category = 'ObjectNotFound'; Script = { Read-ZonalRange gs://wrong-bucket/name 0-9 } }
        @{ Id = 'AddressIncomplete'; Category = 'InvalidArgument'; Script = { Get-ZonalObject gs://zonal-bucket } }
        @{ Id = 'RangeOutOfBounds'; Category = 'InvalidArgument'; Script = { Read-ZonalRange gs://zonal-bucket/size-10 11+1 } }
        @{ Id = 'RangeOutOfBounds'; Category = 'InvalidArgument'; Script = { Read-ZonalRange gs://zonal-bucket/size-10 -Offset 11 -Into ([byte[]]::new(1)) } }
        @{ Id = 'RangeOutOfBounds'; Category = 'InvalidArgument'; Script = { Get-ZonalObject gs://zonal-bucket/size-10 -Offset 11 } }
        @{ Id = 'ObjectTooLarge'; Category = 'LimitsExceeded'; Script = { Get-ZonalObject gs://zonal-bucket/size-5g } }
        @{ Id = 'DestinationFolderNotFound'; Category = 'ObjectNotFound'; Script = { Get-ZonalObject gs://zonal-bucket/size-10 (Join-Path $folder none/file) } }
    ) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $failures = @(& { $ErrorActionPreference = 'Continue'; & $Script } 2>&1)
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failures[0].CategoryInfo.Category | Should -Be $Category
        $failures[0].TargetObject | Should -Not -BeNullOrEmpty
        $failures[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $failures[0] | Out-String | Should -Not -Match '\n\s+at '
    }
    It 'with -ErrorAction Stop end the pipeline and what is under way' {
        $arrays = [Collections.Generic.List[object]]::new()
        {
            'size-1', 'none', 'size-2', 'size-100m' | ForEach-Object { "gs://zonal-bucket/$_" } |
                Get-ZonalObject -ErrorAction Stop | ForEach-Object { $arrays.Add($_) }
        } | Should -Throw -ErrorId 'ObjectNotFound,*'
        $arrays.Count | Should -Be 1
        Wait-NoStream $emulator 1
    }
    It 'of a lower command reach the caller as they are, and end the reads' {
        $session = New-ZonalSession $slow.Endpoint -NoDefault
        { 1..20 | ForEach-Object { 'gs://zonal-bucket/size-2m' } | Get-ZonalObject -Session $session | ForEach-Object { throw 'mine' } } |
            Should -Throw 'mine'
        Wait-NoStream $slow
        $session | Remove-ZonalSession
    }
    It 'do not come from a loop that is left by break' {
        $session = New-ZonalSession $slow.Endpoint -NoDefault
        foreach ($once in 1) { 1..9 | ForEach-Object { 'gs://zonal-bucket/size-1m' } | Get-ZonalObject -Session $session | ForEach-Object { break } }
        Wait-NoStream $slow
        $session | Remove-ZonalSession
    }
    It 'of a session that is closed in the middle say so' {
        $session = New-ZonalSession $slow.Endpoint -NoDefault
        $job = Start-ThreadJob { Start-Sleep -Milliseconds 700; ($using:session).Dispose() }
        { Get-ZonalObject gs://zonal-bucket/size-100m -Session $session } | Should -Throw -ErrorId 'SessionClosed,*'
        $job | Receive-Job -Wait -AutoRemoveJob
    }
    It 'of a credential over plaintext name the knob' {
        $key = Join-Path $folder key.json
        @{ type = 'authorized_user'; client_id = 'a'; client_secret = 'b'; refresh_token = 'c' } | ConvertTo-Json | Set-Content $key
        { New-ZonalSession $emulator.Endpoint -CredentialFile $key } | Should -Throw '*unencrypted*'
        { New-ZonalSession -CredentialFile (Join-Path $folder none.json) } | Should -Throw -ErrorId 'CredentialFileInvalid,*'
    }
}

Describe 'Streams beside the output' {
    It '-Verbose tells the rate at the end' {
        $streams = Invoke-WithStreams "`$null = New-ZonalSession $($emulator.Endpoint); Get-ZonalObject gs://zonal-bucket/size-3m -Verbose"
        $streams.Verbose[-1].Message | Should -Match '^Read 3\.0 MiB in .* s \(.*/s\)\.$'
    }
    It 'progress shows after a second, moves, says how fast, and is taken away' {
        $streams = Invoke-WithStreams "`$null = New-ZonalSession $($slow.Endpoint) -StreamsPerObject 1; Get-ZonalObject gs://zonal-bucket/size-8m"
        $shown = @($streams.Progress | Where-Object RecordType -eq Processing)
        $shown.Count | Should -BeGreaterThan 2
        $shown.Count | Should -BeLessThan 16
        $shown.PercentComplete | ForEach-Object { $_ | Should -BeIn (-1..100) }
        $shown[-1].PercentComplete | Should -BeGreaterThan $shown[0].PercentComplete
        $shown[-1].StatusDescription | Should -Match '^\d.* of 8\.0 MiB · .*iB/s · \d+ streams?$'
        $streams.Progress[$streams.Progress.Count - 1].RecordType | Should -Be Completed
    }
    It 'progress is not made where nobody wants it' {
        $script = "`$ProgressPreference = 'SilentlyContinue'; `$null = New-ZonalSession $($slow.Endpoint) -StreamsPerObject 1; Get-ZonalObject gs://zonal-bucket/size-5m"
        (Invoke-WithStreams $script).Progress.Count | Should -Be 0
    }
    It 'progress is taken away when the pipeline ends early' {
        $script = "`$null = New-ZonalSession $($slow.Endpoint) -StreamsPerObject 1; 'gs://zonal-bucket/size-5m', 'gs://zonal-bucket/size-100m' | Get-ZonalObject | Select-Object -First 1"
        $progress = (Invoke-WithStreams $script).Progress
        $progress[$progress.Count - 1].RecordType | Should -Be Completed
        Wait-NoStream $slow
    }
}

Describe 'Native commands' -Skip:(-not (Get-Command head, sha256sum -ErrorAction Ignore)) {
    It 'get many arrays as one run of bytes' {
        $sum = 0..15 | ForEach-Object { "$($_ * 64KB)+64KB" } | Read-ZonalRange gs://zonal-bucket/size-1m | sha256sum
        $sum.Split(' ')[0] | Should -Be (Get-Sha256 (Get-ZonalObject gs://zonal-bucket/size-1m))
    }
    It 'that go away end the reads' {
        $session = New-ZonalSession $slow.Endpoint -NoDefault
        # Whether PowerShell makes an error of a closed pipe is a matter of time; the reads must end in any case.
        $first = try { 1..200 | ForEach-Object { '0+64KB' } | Read-ZonalRange gs://zonal-bucket/size-100m -Session $session | head -c 4 | Format-Hex } catch { $null = $_ }
        $null = $first
        Wait-NoStream $slow
        $session | Remove-ZonalSession
    }
}

Describe 'Stopping' {
    It '<Name> ends within 200 ms and leaves no stream' -ForEach @(
        @{ Name = 'Get-ZonalObject to memory'; Script = 'Get-ZonalObject gs://zonal-bucket/size-1g' }
        @{ Name = 'Read-ZonalRange -Into'; Script = 'Read-ZonalRange gs://zonal-bucket/size-1g -Into ([byte[]]::new(500MB))' }
        @{ Name = 'Read-ZonalRange -Destination'; Script = 'Read-ZonalRange gs://zonal-bucket/size-1g -Length 900MB -Destination $folder/part.bin' }
        @{ Name = 'Read-ZonalRange -Into of many'; Script = '0..99 | % { "$($_ * 5MB)+5MB" } | Read-ZonalRange gs://zonal-bucket/size-1g -Into ([byte[]]::new(500MB))' }
        @{ Name = 'Read-ZonalRange -Destination of many'; Script = '0..99 | % { "$($_ * 9MB)+9MB" } | Read-ZonalRange gs://zonal-bucket/size-1g -Destination $folder/part.bin' }
        @{ Name = 'a consumer that is slow'; Script = '1..99 | % { "0+10" } | Read-ZonalRange gs://zonal-bucket/size-1m | % { Start-Sleep -Milliseconds 50 }' }
    ) {
        $text = "`$null = New-ZonalSession $($slow.Endpoint); `$folder = '$folder'; $Script"
        Stop-InTheMiddle $text 1800 | Should -BeLessThan 200
        Get-ChildItem $folder -Filter part.bin* | Should -BeNullOrEmpty
        Wait-NoStream $slow
    }
    It 'New-ZonalSession ends while it connects' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            Stop-InTheMiddle "New-ZonalSession http://127.0.0.1:$($listener.LocalEndpoint.Port) -ConnectTimeout 60" 1500 | Should -BeLessThan 200
        } finally {
            $listener.Stop()
        }
    }
}
