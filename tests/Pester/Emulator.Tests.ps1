BeforeAll { . $PSScriptRoot/common.ps1 }
AfterAll { Stop-ZonalEmulator }

Describe 'Start-ZonalEmulator' {
    It 'tells where it listens, and ends with Stop-ZonalEmulator' {
        $emulator = Start-ZonalEmulator -Bucket one, two
        $emulator.Endpoint | Should -BeLike 'http://127.0.0.1:*'
        $emulator.Buckets | Should -Be one, two
        Get-Process -Id $emulator.ProcessId | Should -Not -BeNullOrEmpty
        $emulator | Stop-ZonalEmulator
        Get-Process -Id $emulator.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
    }
    It 'takes an emulator, or several, or their processes, by argument' {
        $emulators = 1..4 | ForEach-Object { Start-ZonalEmulator }
        Stop-ZonalEmulator $emulators[0]
        Stop-ZonalEmulator $emulators[1].ProcessId
        Get-Process -Id $emulators[0, 1].ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
        (Get-Process -Id $emulators[2, 3].ProcessId).Count | Should -Be 2
        Stop-ZonalEmulator $emulators[2, 3]
        Get-Process -Id $emulators[2, 3].ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
    }
    It 'makes read calls suffer faults, each once or by rate' {
        $emulator = Start-ZonalEmulator -Fault return-503, corrupt-chunk, cut-frame-after-100K -UseAsDefault
        try {
            (Get-ZonalObject gs://zonal-bucket/size-3000000).Length | Should -Be 3000000
            (Invoke-RestMethod "$($emulator.Admin)/stats").faults.'return-503' | Should -Be 1
            $rated = Start-ZonalEmulator -Fault redirect-send-token-a -FaultRate 1 -UseAsDefault
            { Get-ZonalObject gs://zonal-bucket/size-3000000 -ErrorAction Stop } | Should -Throw -ErrorId 'TooManyRedirects,*'
        } finally {
            Get-ZonalSession | Remove-ZonalSession
            Stop-ZonalEmulator $emulator
            Stop-ZonalEmulator $rated
        }
    }
    It 'refuses a fault that it does not know' {
        { Start-ZonalEmulator -Fault no-such-fault } | Should -Throw -ErrorId 'EmulatorDidNotStart,*'
    }
    It 'serves the folders of a folder as buckets' {
        $folder = Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))"
        $null = New-Item (Join-Path $folder some-bucket/a.txt) -Value 'abc' -Force
        try {
            Push-Location $folder
            $emulator = Start-ZonalEmulator -Path . -UseAsDefault
            Pop-Location
            $emulator.Buckets | Should -Be some-bucket
            (Get-ZonalObject gs://some-bucket/a.txt).Length | Should -Be 3
        } finally {
            Get-ZonalSession | Remove-ZonalSession
            $emulator | Stop-ZonalEmulator
            Remove-Item $folder -Recurse -Force
        }
    }
    It 'says so when the port is taken' {
        $emulator = Start-ZonalEmulator
        $port = [int]$emulator.Grpc.Split(':')[1]
        try { Start-ZonalEmulator -Port $port; throw 'no error' } catch { $failure = $_ }
        $failure.FullyQualifiedErrorId | Should -BeLike 'EmulatorDidNotStart,*'
        "$failure" | Should -Not -Match '   at '
        $failure.ErrorDetails.RecommendedAction | Should -Match '-Port'
    }
    It 'does nothing with -WhatIf' {
        $before = @(Get-Process dotnet -ErrorAction Ignore).Count
        Start-ZonalEmulator -WhatIf | Should -BeNullOrEmpty
        @(Get-Process dotnet -ErrorAction Ignore).Count | Should -BeLessOrEqual $before
    }
    It 'leaves Ctrl+C in the terminal to PowerShell' -Skip:$IsWindows {
        $emulator = Start-ZonalEmulator -UseAsDefault
        try {
            & kill -INT $emulator.ProcessId
            Start-Sleep -Milliseconds 700
            (Get-ZonalObject gs://zonal-bucket/size-9).Length | Should -Be 9
        } finally {
            Get-ZonalSession | Remove-ZonalSession
            $emulator | Stop-ZonalEmulator
        }
    }
    It 'says what to install where there is no ASP.NET Core' -Skip:$IsWindows {
        # A dotnet that answers as the real one does when the framework is missing.
        $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
        $copy = Join-Path $folder module
        try {
            Copy-Item (Split-Path $module) $copy -Recurse
            $config = Join-Path $copy emulator/ZonalStorage.Emulator.runtimeconfig.json
            (Get-Content $config -Raw) -replace '"version": "[^"]*"', '"version": "99.0.0"' | Set-Content $config
            $said = & $pwsh -NoProfile -NonInteractive -Command "Import-Module '$copy/ZonalStorage.psd1'; try { Start-ZonalEmulator } catch { `$_.FullyQualifiedErrorId; `"`$_`" }"
            $said[0] | Should -BeLike 'EmulatorRuntimeMissing,*'
            $said[1] | Should -BeLike '*ASP.NET Core*'
        } finally {
            Remove-Item $folder -Recurse -Force
        }
    }
}

Describe 'Stop-ZonalEmulator' {
    It 'names a process that is no emulator, and stops nothing' {
        { Stop-ZonalEmulator $PID -ErrorAction Stop } | Should -Throw -ErrorId 'EmulatorNotFound,*'
    }
    It 'keeps it with -WhatIf' {
        $emulator = Start-ZonalEmulator
        $emulator | Stop-ZonalEmulator -WhatIf
        Get-Process -Id $emulator.ProcessId | Should -Not -BeNullOrEmpty
        Stop-ZonalEmulator
        Get-Process -Id $emulator.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}
