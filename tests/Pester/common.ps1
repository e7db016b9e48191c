# Dot-sourced by every test file: imports the built module and gives the helpers that several files use.
$ErrorActionPreference = 'Stop'
$module = $env:ZONAL_TEST_MODULE
if (-not $module) {
    $module = (Get-ChildItem (Join-Path $PSScriptRoot '../../output/ZonalStorage/*/ZonalStorage.psd1') | Sort-Object FullName)[-1].FullName
}
Import-Module $module -Force

# Another PowerShell like this one. Where it came as a tool of the SDK this process is 'dotnet', and the tool's launcher would keep
# signals, and the end of the process, to itself.
$pwsh = (Get-Process -Id $PID).Path
if ((Split-Path -LeafBase $pwsh) -ne 'pwsh') {
    $pwsh = Join-Path $TestDrive pwsh
    Set-Content $pwsh "#!/bin/sh`nexec dotnet '$PSHOME/pwsh.dll' `"`$@`""
    chmod +x $pwsh
}

# SHA-256 of the bytes of an array, as hexadecimal text.
function Get-Sha256([byte[]] $Bytes) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($Bytes)) }

# The first bytes of a synthetic object from a place on, by the content formula.
Add-Type -TypeDefinition @'
public static class ZonalTestContent
{
    public static byte At(long i)
    {
        unchecked
        {
            ulong z = ((ulong)i / 8 + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            return (byte)(z >> (int)(i % 8 * 8));
        }
    }

    public static bool Matches(byte[] bytes, long offset)
    {
        for (var i = 0; i < bytes.Length; i++) if (bytes[i] != At(offset + i)) return false;
        return true;
    }
}
'@

# What the emulator counts.
function Get-EmulatorStat($Emulator, [string] $Name) { (Invoke-RestMethod "$($Emulator.Admin)/stats").$Name }

# Waits until the emulator has no more read streams open than given; fails after five seconds.
function Wait-NoStream($Emulator, [int] $Most = 0) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    while ((Get-EmulatorStat $Emulator open_streams) -gt $Most) {
        if ($clock.Elapsed.TotalSeconds -gt 10) { throw "There are still $(Get-EmulatorStat $Emulator open_streams) streams open." }
        Start-Sleep -Milliseconds 20
    }
}

# Runs a script in a runspace of its own, stops it after a while and tells how long the stop took.
function Stop-InTheMiddle([string] $Script, [int] $AfterMilliseconds) {
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddScript("Import-Module '$module'; $Script")
        $running = $shell.BeginInvoke()
        Start-Sleep -Milliseconds $AfterMilliseconds
        $running.IsCompleted | Should -BeFalse -Because 'the script must still run'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $clock.ElapsedMilliseconds
    } finally {
        $shell.Dispose()
    }
}
