BeforeDiscovery {
    $pages = (Get-ChildItem (Join-Path $PSScriptRoot '../../docs/en-US/*.md')).BaseName
}
BeforeAll {
    . $PSScriptRoot/common.ps1
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
    $bytes = [byte[]]::new(3MB)
    [Random]::new(1).NextBytes($bytes)
    foreach ($name in 'data/shard-0001.bin', 'data/shard-0002.bin', 'logs/1.log', 'logs/old/0.log', 'readme.txt') {
        $file = New-Item (Join-Path $folder "buckets/my-bucket/$name") -Force
        [IO.File]::WriteAllBytes($file, $bytes)
    }
    $bucket = Join-Path $folder buckets/my-bucket
    Set-Content (Join-Path $bucket config.json) '{ "answer": 42 }'
    Set-Content (Join-Path $bucket lines.txt) (1..100)
    [IO.Compression.ZipFile]::CreateFromDirectory((Join-Path $bucket logs), (Join-Path $bucket archive.zip))
    $emulator = Start-ZonalEmulator -Path (Join-Path $folder buckets)

    # Runs in a PowerShell of its own: examples make sessions the default, and stop all emulators there are.
    $runner = Join-Path $folder run.ps1
    Set-Content $runner @'
        param($Module, $Page)
        $ErrorActionPreference = 'Stop'
        Import-Module $Module
        $code = [regex]::Matches((Get-Content $Page -Raw), '(?ms)^### ([^\r\n]+)\r?\n(?:(?!^### ).)*?^```powershell\r?\n(.*?)^```')
        $fences = [regex]::Matches((Get-Content $Page -Raw), '(?m)^```powershell\r?$').Count
        if ($code.Count -lt 2 -or $code.Count -ne $fences) { throw "$($code.Count) examples were found behind $fences fences." }
        foreach ($example in $code) {
            try {
                & ([scriptblock]::Create($example.Groups[2].Value)) | Out-String | Out-Null
            } catch {
                "FAILED $($example.Groups[1].Value.Trim()): $_"
            }
        }
'@
}
AfterAll {
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Help of <_>' -ForEach $pages {
    It 'has a synopsis, three examples and a text for every parameter' {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match $_
        $help.examples.example.Count | Should -BeGreaterOrEqual 3
        $common = [Management.Automation.PSCmdlet]::CommonParameters + [Management.Automation.PSCmdlet]::OptionalCommonParameters
        foreach ($name in (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin $common }) {
            ($help.parameters.parameter | Where-Object name -eq $name).description.Text | Should -Not -BeNullOrEmpty -Because "of -$name"
        }
    }
    It 'has examples that work' {
        $here = New-Item -ItemType Directory (Join-Path $folder "here-$_")
        Set-Content (Join-Path $here index.csv) "Offset,Length`n0,16`n1000000,32"
        $page = Join-Path $PSScriptRoot "../../docs/en-US/$_.md" | Convert-Path
        $env:STORAGE_EMULATOR_HOST_GRPC = $emulator.Grpc
        try {
            $said = & $pwsh -NoProfile -NonInteractive -WorkingDirectory $here -File $runner $module $page
            $LASTEXITCODE | Should -Be 0
            # What an example tells the host, such as -WhatIf does, comes here too.
            $said | Where-Object { $_ -like 'FAILED*' } | Should -BeNullOrEmpty
        } finally {
            $env:STORAGE_EMULATOR_HOST_GRPC = $null
        }
    }
}

Describe 'Topics' {
    It '<_> is found' -ForEach 'about_ZonalStorage', 'about_ZonalSessions', 'about_ZonalErrors' {
        Get-Help $_ | Out-String | Should -Match 'SHORT DESCRIPTION'
    }
}
