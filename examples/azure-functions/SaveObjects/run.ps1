# Every hour: brings a folder of a bucket up to date on a share that is mounted into the function app. The module lies in the app's
# folder Modules, and GOOGLE_APPLICATION_CREDENTIALS (an app setting) leads to a credential configuration of workload identity federation.
param($Timer)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

$summary = Save-ZonalObject $env:ZONAL_SOURCE $env:ZONAL_DESTINATION -SkipExisting -Resume -Force -ErrorAction Continue
Write-Information ($summary | ConvertTo-Json -Compress)
if ($summary.Failed -gt 0) { throw "$($summary.Failed) objects could not be saved." }
