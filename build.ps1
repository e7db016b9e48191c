#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Shortcuts for what the README spells out; every task is one command of the .NET SDK.
.EXAMPLE
    ./build.ps1 Test
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Package', 'Demo', 'Bench', 'Format')]
    [string] $Task = 'Build',

    # Passed on, for example to the bench: ./build.ps1 Bench read --endpoint http://127.0.0.1:8899 --object size-1g
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Rest
)
$ErrorActionPreference = 'Stop'
Push-Location $PSScriptRoot
try {
    switch ($Task) {
        Build { dotnet build @Rest }
        Test { dotnet test @Rest }
        Package { dotnet build -c Release module @Rest }
        Demo { dotnet run --project demo @Rest }
        Bench { dotnet run -c Release --project bench/ZonalStorage.Throughput -- @Rest }
        Format { dotnet format --severity warn @Rest }
    }
    if ($LASTEXITCODE) { exit $LASTEXITCODE }
} finally {
    Pop-Location
}
