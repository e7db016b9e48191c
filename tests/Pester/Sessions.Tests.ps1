BeforeAll {
    . $PSScriptRoot/common.ps1
    $emulator = Start-ZonalEmulator
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
}

Describe 'Sessions' {
    It 'is made, is the default, is listed and closed' {
        $session = New-ZonalSession $emulator.Endpoint -Connections 2 -StreamsPerObject 3
        (Get-ZonalSession -Default).Id | Should -Be $session.Id
        (Get-ZonalSession $session.Id).Endpoint | Should -Be $emulator.Endpoint
        $session.Options.Connections | Should -Be 2
        Close-ZonalSession $session
        $session.IsOpen | Should -BeFalse
        Get-ZonalSession -Default | Should -BeNullOrEmpty
        { Get-ZonalSession $session.Id -ErrorAction Stop } | Should -Throw -ErrorId 'SessionNotFound,*'
        { Get-ZonalObject gs://zonal-bucket/size-1 -Session $session } | Should -Throw -ErrorId 'SessionClosed,*'
    }
    It 'comes from the environment on first use' {
        $env:STORAGE_EMULATOR_HOST_GRPC = $emulator.Grpc
        try {
            $said = Get-ZonalObject gs://zonal-bucket/size-1 -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
            "$said" | Should -BeLike "*made from the environment: $($emulator.Endpoint)*"
        } finally {
            $env:STORAGE_EMULATOR_HOST_GRPC = $null
            Get-ZonalSession | Remove-ZonalSession
        }
    }
    It 'takes an emulator by pipe, its certificate included' {
        $secure = Start-ZonalEmulator -Tls
        try {
            $session = $secure | New-ZonalSession
            (Get-ZonalObject gs://zonal-bucket/size-10).Length | Should -Be 10
        } finally {
            $session | Remove-ZonalSession
            $secure | Stop-ZonalEmulator
        }
    }
    It 'is not closed by -WhatIf' {
        $session = New-ZonalSession $emulator.Endpoint
        $session | Remove-ZonalSession -WhatIf
        $session.IsOpen | Should -BeTrue
        Remove-ZonalSession -Id $session.Id
        $session.IsOpen | Should -BeFalse
    }
    It 'works over TLS with the authority of the emulator, and not without' {
        $secure = Start-ZonalEmulator -Tls
        try {
            $session = New-ZonalSession $secure.Endpoint -CertificateAuthorityFile $secure.CertificateFile -NoCredential
            $bytes = Get-ZonalObject gs://zonal-bucket/size-20000001
            [ZonalTestContent]::Matches($bytes, 0) | Should -BeTrue
            { New-ZonalSession $secure.Endpoint -NoCredential } | Should -Throw -ErrorId 'CertificateRejected,*'
        } finally {
            Get-ZonalSession | Remove-ZonalSession
            $secure | Stop-ZonalEmulator
            Test-Path $secure.CertificateFile | Should -BeFalse
        }
    }
    It 'leaves nothing behind when a runspace ends in the middle of a read' {
        $slow = Start-ZonalEmulator -BandwidthPerStream 2MB
        try {
            $runspace = [runspacefactory]::CreateRunspace()
            $runspace.Open()
            $shell = [powershell]::Create($runspace)
            $null = $shell.AddScript("Import-Module '$module'; `$s = New-ZonalSession $($slow.Endpoint); Get-ZonalObject gs://zonal-bucket/size-1g").BeginInvoke()
            Start-Sleep -Milliseconds 2500
            Get-EmulatorStat $slow open_streams | Should -BeGreaterThan 0
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $runspace.Close()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
            Wait-NoStream $slow
        } finally {
            $slow | Stop-ZonalEmulator
        }
    }
}

Describe 'What can be wrong with an endpoint' {
    It 'says <Id> within five seconds' -ForEach @(
        @{ Id = 'EndpointUnreachable'; Category = 'ConnectionError'; Make = { '127.0.0.1:1' } }
        @{ Id = 'EndpointInvalid'; Category = 'InvalidArgument'; Make = { 'ftp://x' } }
        @{ Id = 'EndpointNotHttp2'; Category = 'ConnectionError'; Make = { $emulator.Admin } }
    ) {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        try { New-ZonalSession (& $Make); throw 'no error' } catch { $failure = $_ }
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
        $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $failure.CategoryInfo.Category | Should -Be $Category
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        "$failure" | Should -Not -Match '   at '
    }
    It 'times out where nothing answers' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        try {
            { New-ZonalSession "http://127.0.0.1:$($listener.LocalEndpoint.Port)" -ConnectTimeout 0.5 } |
                Should -Throw -ErrorId 'EndpointTimeout,*'
        } finally {
            $listener.Stop()
        }
    }
    It 'says what to type where there are no credentials' {
        $saved = $env:HOME, $env:GOOGLE_APPLICATION_CREDENTIALS, $env:APPDATA
        $env:GOOGLE_APPLICATION_CREDENTIALS = Join-Path ([IO.Path]::GetTempPath()) 'no-such-file.json'
        try {
            { Get-ZonalObject gs://zonal-bucket/x } | Should -Throw -ErrorId 'CredentialsNotFound,*'
        } finally {
            $env:GOOGLE_APPLICATION_CREDENTIALS = $saved[1]
        }
    }
}
