# However a transfer ends, nothing of it stays: streams at the server, receive threads here, files half written.
BeforeAll {
    . $PSScriptRoot/common.ps1
    $slow = Start-ZonalEmulator -BandwidthPerStream 3MB
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")

    # Receive threads of a process; Linux keeps the first 15 characters of a thread's name.
    function Get-ReceiveThread([int] $ProcessId) {
        if (-not $IsLinux) { return }
        Get-ChildItem "/proc/$ProcessId/task" | ForEach-Object { Get-Content (Join-Path $_ comm) -ErrorAction Ignore } |
            Where-Object { $_ -like 'zonal receive*' }
    }
    # The server has no stream and no connection, this process no receive thread, the folder no file.
    function Wait-Nothing {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        while ($true) {
            $left = "$(Get-EmulatorStat $slow open_streams) streams, $(Get-EmulatorStat $slow open_connections) connections, $(@(Get-ReceiveThread $PID).Count) threads, $(@(Get-ChildItem $folder).Count) files"
            if ($left -eq '0 streams, 0 connections, 0 threads, 0 files') { return }
            if ($clock.Elapsed.TotalSeconds -gt 5) { throw "There are still $left." }
            Start-Sleep -Milliseconds 20
        }
    }
    # Waits until a read is under way.
    function Wait-Read {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        while ((Get-EmulatorStat $slow open_streams) -eq 0) {
            if ($clock.Elapsed.TotalSeconds -gt 30) { throw 'The read did not begin.' }
            Start-Sleep -Milliseconds 20
        }
        Start-Sleep -Milliseconds 300
    }
    # A PowerShell of its own that reads.
    function Start-Reader([string] $Script) {
        $start = [Diagnostics.ProcessStartInfo]::new($pwsh)
        '-NoProfile', '-NonInteractive', '-Command', "Import-Module '$module'; `$null = New-ZonalSession $($slow.Endpoint); $Script" |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        [Diagnostics.Process]::Start($start)
    }
}
AfterAll {
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'A transfer' {
    AfterEach { Get-ZonalSession | Remove-ZonalSession }

    It 'that is stopped by Ctrl+C leaves nothing: <_>' -ForEach @(
        'Get-ZonalObject gs://zonal-bucket/size-1g'
        'Get-ZonalObject gs://zonal-bucket/size-1g $folder/whole.bin'
        '0..999 | ForEach-Object { "$($_)MB+1MB" } | Read-ZonalRange gs://zonal-bucket/size-1g'
        '1..9 | ForEach-Object { "gs://zonal-bucket/size-$($_)00m" } | Get-ZonalObject -ThrottleLimit 9'
    ) {
        Stop-InTheMiddle "`$folder = '$folder'; `$null = New-ZonalSession $($slow.Endpoint); try { $_ } finally { Get-ZonalSession | Remove-ZonalSession }" 2000 |
            Should -BeLessThan 2000
        Wait-Nothing
    }
    It 'whose first result is enough leaves nothing' {
        $null = New-ZonalSession $slow.Endpoint
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $first = 0..999 | ForEach-Object { "$($_)MB+64KB" } | Read-ZonalRange gs://zonal-bucket/size-1g | Select-Object -First 1
        [ZonalTestContent]::Matches($first, 0) | Should -BeTrue
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        Wait-NoStream $slow
        Get-ZonalSession | Remove-ZonalSession
        Wait-Nothing
    }
    It 'leaves nothing when the module is removed in its middle' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$module'; `$null = New-ZonalSession $($slow.Endpoint)
            0..999 | ForEach-Object { `"`$(`$_)MB+64KB`" } | Read-ZonalRange gs://zonal-bucket/size-1g | ForEach-Object { Remove-Module ZonalStorage }")
        $running = $shell.BeginInvoke()
        try {
            $running.AsyncWaitHandle.WaitOne(20000) | Should -BeTrue -Because 'a read without its module must end'
            $shell.HadErrors | Should -BeTrue
        } finally {
            $shell.Dispose()
        }
        Wait-Nothing
    }
    It 'leaves nothing when its runspace is closed' {
        $runspace = [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        $null = $shell.AddScript("Import-Module '$module'; `$null = New-ZonalSession $($slow.Endpoint); Get-ZonalObject gs://zonal-bucket/size-1g $folder/closed.bin").BeginInvoke()
        Wait-Read
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $runspace.Close()
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        Wait-Nothing
    }
    It 'does not keep a process that ends by <Name>' -ForEach @(
        @{ Name = 'exit'; Script = '0..99 | ForEach-Object { "$($_)MB+64KB" } | Read-ZonalRange gs://zonal-bucket/size-1g | ForEach-Object { exit 7 }'; Code = 7 }
        @{ Name = 'exit while another runspace reads'; Script = '$s = Get-ZonalSession; $null = Start-ThreadJob { ($using:s).ReadAsync([ZonalStorage.ZonalUri]::Parse("gs://zonal-bucket/size-1g")).Wait() }; Start-Sleep 2; exit 7'; Code = 7 }
        @{ Name = '[Environment]::Exit'; Script = '0..99 | ForEach-Object { "$($_)MB+64KB" } | Read-ZonalRange gs://zonal-bucket/size-1g | ForEach-Object { [Environment]::Exit(7) }'; Code = 7 }
    ) {
        $process = Start-Reader $Script
        try {
            $process.WaitForExit(30000) | Should -BeTrue -Because 'a read must not keep the process'
            $process.ExitCode | Should -Be $Code
        } finally {
            if (-not $process.HasExited) { $process.Kill() }
        }
        Wait-Nothing
    }
    It 'does not keep a process that is interrupted' -Skip:$IsWindows {
        $process = Start-Reader "Get-ZonalObject gs://zonal-bucket/size-1g $folder/interrupted.bin"
        try {
            Wait-Read
            $clock = [Diagnostics.Stopwatch]::StartNew()
            & kill -INT $process.Id
            $process.WaitForExit(20000) | Should -BeTrue -Because 'Ctrl+C ends it'
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        } finally {
            if (-not $process.HasExited) { $process.Kill() }
        }
        Wait-Nothing
    }
}

Describe 'Secrets' {
    It 'are in no stream and in no error' {
        $key = Join-Path $folder key.json
        @{ type = 'authorized_user'; client_id = 'a'; client_secret = 'hush-secret'; refresh_token = 'hush-refresh' } | ConvertTo-Json | Set-Content $key
        $secure = Start-ZonalEmulator -Tls
        $env:ZONAL_TEST_SECRET = 'hush-proxy'
        try {
            $shell = [powershell]::Create().AddScript("
                `$VerbosePreference = `$DebugPreference = `$InformationPreference = 'Continue'; `$ErrorActionPreference = 'Continue'
                Import-Module '$module'
                `$session = New-ZonalSession $($secure.Endpoint) -CredentialFile '$key' -CertificateAuthorityFile '$($secure.CertificateFile)' -SkipConnect
                `$session | Format-List * | Out-String
                Get-ZonalObject gs://zonal-bucket/size-1 -Session `$session
                `$proxy = 'http://name:' + `$env:ZONAL_TEST_SECRET + '@127.0.0.1:1'
                New-ZonalSession https://127.0.0.1:1 -NoCredential -Proxy `$proxy -ConnectTimeout 1
                New-ZonalSession $($slow.Endpoint) -CredentialFile '$key'
                `$Error | ForEach-Object { `$_ | Format-List * -Force | Out-String; `$_.Exception.ToString() }
                `$other = New-ZonalSession https://127.0.0.1:1 -NoCredential -Proxy `$proxy -SkipConnect
                `$other | Out-String; `$other | Format-List * | Out-String; `$other.Options.ToString()")
            $text = @($shell.Invoke()) + $shell.Streams.Verbose + $shell.Streams.Debug + $shell.Streams.Error + $shell.Streams.Warning + $shell.Streams.Information | Out-String -Width 4000
            $shell.Dispose()
            $text | Should -Match 'ProxyRefused|EndpointUnreachable'
            $text | Should -Not -Match 'hush'
        } finally {
            $env:ZONAL_TEST_SECRET = $null
            Stop-ZonalEmulator $secure
            Remove-Item $key
        }
    }
}
