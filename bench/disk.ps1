<#
.SYNOPSIS
A download to a disk, flushed, beside dd of the same size: pairs in one pwsh.

.DESCRIPTION
Prints seconds of both and the rate of the download over that of dd. Both files are removed, so that each pair begins alike. The
first pair is for warming up: code, and pages that a virtual machine has not used for a while.

.EXAMPLE
bench/disk.ps1 http://127.0.0.1:8899 -Object size-4g -Folder /var/tmp -Pairs 5
#>
param(
    [Parameter(Mandatory)] [string] $Endpoint,
    [string] $Bucket = 'zonal-bucket',
    [string] $Object = 'size-4g',
    [string] $Folder = '/var/tmp',
    [int] $Pairs = 5
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
dotnet build --configuration Release --verbosity quiet (Join-Path $PSScriptRoot ../module) | Out-Null
Import-Module (Get-ChildItem (Join-Path $PSScriptRoot '../output/ZonalStorage/*/ZonalStorage.psd1') | Select-Object -Last 1)
$session = New-ZonalSession $Endpoint
$uri = "gs://$Bucket/$Object"
$blocks = [Math]::Ceiling((Get-ZonalObjectInfo $uri -Session $session).Size / 2MB)
$file = Join-Path $Folder "zonal-bench-$PID"
function Measure-Seconds([scriptblock] $Work) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    & $Work
    $clock.Elapsed.TotalSeconds
    Remove-Item $file
}

'| pair | download, s | dd, s | rate of the download ÷ dd |'
'|---|---|---|---|'
foreach ($pair in 0..$Pairs) {
    $ours = Measure-Seconds { Get-ZonalObject $uri $file -Session $session }
    $dd = Measure-Seconds { dd if=/dev/zero of=$file bs=2M count=$blocks conv=fsync 2>/dev/null }
    if ($pair -gt 0) { '| {0} | {1:0.00} | {2:0.00} | {3:0.00} |' -f $pair, $ours, $dd, ($dd / $ours) }
}
Remove-ZonalSession $session
