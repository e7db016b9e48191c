<#
.SYNOPSIS
A runbook that saves objects of a zonal bucket to a hybrid worker's disk or a mounted share.

.DESCRIPTION
Needs a runtime environment of PowerShell 7.4 with the module ZonalStorage in it, and a credential configuration of workload identity
federation (gcloud iam workload-identity-pools create-cred-config PROVIDER --azure ...) in the Automation variable
ZonalCredentialConfiguration: it holds no secret. Cloud jobs of Azure Automation have little disk; use a hybrid worker for more.
#>
param(
    [Parameter(Mandatory)] [string] $Source,
    [Parameter(Mandatory)] [string] $Destination
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module ZonalStorage

$configuration = Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid()).json"
Set-Content -LiteralPath $configuration -Value (Get-AutomationVariable -Name ZonalCredentialConfiguration)
try {
    $env:GOOGLE_APPLICATION_CREDENTIALS = $configuration
    $summary = Save-ZonalObject $Source $Destination -SkipExisting -Resume -Force -Verbose -ErrorAction Continue
    $summary
    # Makes the job fail, so that an alert or a schedule can tell.
    if ($summary.Failed -gt 0) { throw "$($summary.Failed) objects could not be saved." }
} finally {
    Get-ZonalSession | Remove-ZonalSession
    Remove-Item -LiteralPath $configuration
}
