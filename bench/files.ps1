<#
.SYNOPSIS
What a download to a file costs beside its parts: the same read to memory, and a bare loop that writes the same bytes.

.DESCRIPTION
In one pwsh, round by round: the object to warm memory (Read-ZonalRange -Into), 2 MiB writes to a fresh file, and
Get-ZonalObject to a fresh file. Prints CPU seconds per GiB of this process, their medians, and how much memory the download took
above the idle process. A file is removed before the next is made, so that all use the same pages: on a virtual machine pages that
were not used for a while cost several times as much, whoever touches them.

.EXAMPLE
bench/files.ps1 http://127.0.0.1:8899 -Object size-4g -Folder /dev/shm -Rounds 5
#>
param(
    [Parameter(Mandatory)] [string] $Endpoint,
    [string] $Bucket = 'zonal-bucket',
    [string] $Object = 'size-4g',
    [string] $Folder = '/dev/shm',
    [int] $Rounds = 5
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Add-Type -TypeDefinition @'
using System;
using System.IO;

public static class BareLoop
{
    public static void Write(string path, long length)
    {
        var block = new byte[2 << 20];
        Array.Fill(block, (byte)1);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        for (long at = 0; at < length; at += block.Length)
            RandomAccess.Write(file, block.AsSpan(0, (int)Math.Min(block.Length, length - at)), at);
    }
}
'@
$process = [Diagnostics.Process]::GetCurrentProcess()
function Measure-Cpu([scriptblock] $Work) {
    $process.Refresh()
    $before, $clock = $process.TotalProcessorTime, [Diagnostics.Stopwatch]::StartNew()
    & $Work
    $process.Refresh()
    [pscustomobject]@{ Cpu = ($process.TotalProcessorTime - $before).TotalSeconds / $gib; Rate = $gib / $clock.Elapsed.TotalSeconds }
}
function Get-Median([double[]] $Values) { ($Values | Sort-Object)[($Values.Count - 1) / 2] }

# Tests leave a build for debugging behind, which takes three times the CPU.
dotnet build --configuration Release --verbosity quiet (Join-Path $PSScriptRoot ../module) | Out-Null
[GC]::Collect()
$process.Refresh()
$idle = $process.WorkingSet64
$module = Get-ChildItem (Join-Path $PSScriptRoot '../output/ZonalStorage/*/ZonalStorage.psd1') | Select-Object -Last 1
Import-Module $module
$session = New-ZonalSession $Endpoint
$uri = "gs://$Bucket/$Object"
$size = (Get-ZonalObjectInfo $uri -Session $session).Size
$gib = $size / 1GB
$file = Join-Path $Folder "zonal-bench-$PID"

# Compiled code and pages are warm, for all three alike.
[BareLoop]::Write($file, $size)
Remove-Item $file
Get-ZonalObject $uri $file -Session $session
$process.Refresh()
$memory = $process.PeakWorkingSet64 - $idle
Remove-Item $file
$buffer = [byte[]]::new([Math]::Min($size, 1GB))
function Read-ToMemory { for ($at = 0; $at -lt $size; $at += $buffer.Length) { $null = Read-ZonalRange $uri -Offset $at -Into $buffer -Session $session } }
Read-ToMemory

"| round | read to memory | bare writes | to a file | ratio | GiB/s to a file |"
"|---|---|---|---|---|---|"
$rows = foreach ($round in 1..$Rounds) {
    $read = Measure-Cpu { Read-ToMemory }
    $write = Measure-Cpu { [BareLoop]::Write($file, $size) }
    Remove-Item $file
    $both = Measure-Cpu { Get-ZonalObject $uri $file -Session $session }
    Remove-Item $file
    [pscustomobject]@{ Read = $read.Cpu; Write = $write.Cpu; File = $both.Cpu; Ratio = $both.Cpu / ($read.Cpu + $write.Cpu); Rate = $both.Rate }
}
$n = 0
foreach ($r in $rows) { '| {0} | {1:0.000} | {2:0.000} | {3:0.000} | {4:0.00} | {5:0.00} |' -f ++$n, $r.Read, $r.Write, $r.File, $r.Ratio, $r.Rate }
$medians = foreach ($column in 'Read', 'Write', 'File', 'Ratio', 'Rate') { Get-Median $rows.$column }
'| median | {0:0.000} | {1:0.000} | {2:0.000} | {3:0.00} | {4:0.00} |' -f $medians
"`nCPU-s/GiB of this process. Median of files over medians of the parts: {0:0.00}. Memory above idle: {1:0} MiB." -f ($medians[2] / ($medians[0] + $medians[1])), ($memory / 1MB)
Remove-ZonalSession $session
