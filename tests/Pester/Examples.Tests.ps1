BeforeAll {
    . $PSScriptRoot/common.ps1
    $examples = Join-Path $PSScriptRoot ../../examples | Convert-Path
    $folder = Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))"
    $objects = Join-Path $folder objects
    foreach ($n in 1..6) { $null = New-Item -Force (Join-Path $objects "my-bucket/data/$n.bin") -Value ('x' * 1000) }
    $emulator = Start-ZonalEmulator -Path $objects
    $modules = (Get-Item $module).Directory.Parent.Parent.FullName
    # Runs a script of the examples in a process of its own, with variables.
    function Invoke-Example([string] $Script, [hashtable] $Variables, [string] $Arguments = '') {
        $set = foreach ($name in $Variables.Keys) { "`$env:$name = '$($Variables[$name])';" }
        $null = & $pwsh -NoProfile -NonInteractive -Command "
            $set `$env:STORAGE_EMULATOR_HOST_GRPC = '$($emulator.Grpc)'; `$env:PSModulePath = '$modules' + [IO.Path]::PathSeparator + `$env:PSModulePath
            function Get-AutomationVariable { '{}' }
            & '$examples/$Script' $Arguments"
        $LASTEXITCODE
    }
}
AfterAll {
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Examples' {
    It 'the container''s script saves shares that make the whole' {
        $to = Join-Path $folder container
        foreach ($index in 0..1) {
            Invoke-Example container/save.ps1 @{
                SOURCE = 'gs://my-bucket/data/'; DESTINATION = $to; JOB_COMPLETION_INDEX = $index; ZONAL_SHARD_COUNT = 2
            } | Should -Be 0
            (Get-ChildItem $to -File -Recurse).Count | Should -Be (3 * ($index + 1))
        }
    }
    It 'the script for GCP ends with 1 when something fails' {
        $to = Join-Path $folder gcp
        Invoke-Example gcp/save-objects.ps1 @{} "gs://my-bucket/data/ $to" | Should -Be 0
        (Get-ChildItem $to -File -Recurse).Count | Should -Be 6
        Invoke-Example gcp/save-objects.ps1 @{} "gs://my-bucket/none $to" | Should -Be 1
    }
    It 'the runbook for Azure Automation saves and takes its file away' {
        $to = Join-Path $folder automation
        Invoke-Example azure-automation/Save-Objects.ps1 @{ TMPDIR = $folder } "gs://my-bucket/data/ $to" | Should -Be 0
        (Get-ChildItem $to -File -Recurse).Count | Should -Be 6
        Get-ChildItem $folder -Filter *.json | Should -BeNullOrEmpty
    }
    It 'the function saves' {
        $to = Join-Path $folder function
        Invoke-Example azure-functions/SaveObjects/run.ps1 @{ ZONAL_SOURCE = 'gs://my-bucket/data/'; ZONAL_DESTINATION = $to } | Should -Be 0
        (Get-ChildItem $to -File -Recurse).Count | Should -Be 6
    }
}
