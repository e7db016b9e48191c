BeforeAll {
    . $PSScriptRoot/common.ps1
    $emulator = Start-ZonalEmulator
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")

    # Load contexts are those of a process: each test has one of its own.
    function Invoke-Apart([string] $Script) {
        $said = & $pwsh -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'; `$module = '$module'; $Script" 2>&1
        if ($LASTEXITCODE) { throw "Exit code $LASTEXITCODE`: $said" }
        $said
    }
}
AfterAll {
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'The module beside others' {
    It 'has its own Google.Protobuf where another one is loaded' {
        # The build of these tests puts it there.
        $other = Get-ChildItem (Join-Path $PSScriptRoot '../../artifacts/bin/ZonalStorage.Pester/*/other/Google.Protobuf.dll') | Select-Object -First 1
        $other | Should -Not -BeNullOrEmpty -Because "'dotnet build tests/Pester' puts it there"
        Invoke-Apart "
            `$null = [Reflection.Assembly]::LoadFrom('$other')
            Import-Module `$module
            `$null = New-ZonalSession $($emulator.Endpoint)
            (Get-ZonalObject gs://zonal-bucket/size-1m).Length
            [AppDomain]::CurrentDomain.GetAssemblies().ForEach{ `$_.GetName() }.Where{ `$_.Name -eq 'Google.Protobuf' }.ForEach{ [string] `$_.Version } | Sort-Object
            [Google.Protobuf.ByteString].Assembly.GetName().Version.Minor
        " | Should -Be '1048576', '3.19.3.0', '3.25.1.0', '19'
    }
    It 'does its work again after it was removed' {
        Invoke-Apart "
            Import-Module `$module
            `$session = New-ZonalSession $($emulator.Endpoint)
            Remove-Module ZonalStorage
            `$session.IsOpen
            Import-Module `$module
            `$null = New-ZonalSession $($emulator.Endpoint)
            (Get-ZonalObject gs://zonal-bucket/size-5).Length
            Import-Module `$module -Force
            (Get-Command -Module ZonalStorage).Count -gt 10
        " | Should -Be 'False', '5', 'True'
    }
    It 'shares its types with other runspaces, and each has its own default' {
        Invoke-Apart "
            Import-Module `$module
            `$mine = New-ZonalSession $($emulator.Endpoint)
            `$job = Start-ThreadJob {
                Import-Module `$using:module
                `$null -eq (Get-ZonalSession -Default)
                (Get-ZonalObject gs://zonal-bucket/size-7 -Session `$using:mine).Length
                `$own = New-ZonalSession $($emulator.Endpoint)
                (Get-ZonalSession -Default).Id -eq `$own.Id
            }
            `$job | Receive-Job -Wait -AutoRemoveJob
            (Get-ZonalSession -Default).Id -eq `$mine.Id
            `$mine.IsOpen
        " | Should -Be 'True', '7', 'True', 'True', 'True'
    }
    It 'survives a library that is missing, with an error' {
        $broken = Join-Path $folder broken
        Copy-Item (Split-Path $module) $broken -Recurse
        Remove-Item (Join-Path $broken lib/ZonalStorage.dll)
        { Invoke-Apart "Import-Module '$broken/ZonalStorage.psd1'; exit 0" } | Should -Throw '*ZonalStorage*'
    }
    It 'ends with the process, whatever is under way' {
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Invoke-Apart "
            Import-Module `$module
            `$slow = Start-ZonalEmulator -BandwidthPerStream 1MB
            `$null = New-ZonalSession `$slow.Endpoint
            `$null = Start-ThreadJob { Import-Module `$using:module; Get-ZonalObject gs://zonal-bucket/size-1g -Session (Get-ZonalSession) }
            Start-Sleep 1
            `$slow.ProcessId
            [Environment]::Exit(0)
        " | Set-Variable id
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 15
        # It gives open streams two seconds.
        $clock.Restart()
        while ($clock.Elapsed.TotalSeconds -lt 6 -and (Get-Process -Id ([int]$id) -ErrorAction Ignore)) { Start-Sleep -Milliseconds 50 }
        Get-Process -Id ([int]$id) -ErrorAction Ignore | Should -BeNullOrEmpty -Because 'the emulator must be gone'
    }
}
