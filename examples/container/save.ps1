# Saves what SOURCE stands for (gs://BUCKET/FOLDER/) to DESTINATION. Which share of it is this process's is told by the scheduler's own
# variables; see the help of Save-ZonalObject.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
foreach ($variable in 'SOURCE', 'DESTINATION') {
    if (-not [Environment]::GetEnvironmentVariable($variable)) { throw "The environment variable $variable is missing." }
}

Import-Module ZonalStorage
$summary = Save-ZonalObject $env:SOURCE $env:DESTINATION -SkipExisting -Resume -Force -Verbose -ErrorAction Continue
$summary | ConvertTo-Json -Compress
# The scheduler starts a task that failed again; what was saved is skipped then.
exit [int]($summary.Failed -gt 0)
