#!/usr/bin/env pwsh
<#
.SYNOPSIS
Saves objects on a Google Cloud machine, alone or as one of many.

.DESCRIPTION
The credential is that of the machine's service account. In a Cloud Batch task or a Slurm array the share of the work is taken from
their variables; alone it is everything. Ends with exit code 1 if an object failed, so that the scheduler starts the task again.

.EXAMPLE
./save-objects.ps1 gs://my-bucket/data/ /mnt/disks/local

.EXAMPLE
sbatch --array=0-15 --wrap 'pwsh save-objects.ps1 gs://my-bucket/data/ /shared/data'
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Source,
    [Parameter(Mandatory)] [string] $Destination
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module ZonalStorage

$bucket = ($Source -replace '^gs://').Split('/')[0]
if (-not (Test-ZonalBucket "gs://$bucket")) { Write-Warning "gs://$bucket is not a zonal bucket: reads will be slower." }

$summary = Save-ZonalObject $Source $Destination -SkipExisting -Resume -Force -Verbose -ErrorAction Continue
$summary | ConvertTo-Json -Compress
exit [int]($summary.Failed -gt 0)
