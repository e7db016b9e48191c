# The main job in PowerShell: reads what the plan says through the module, and notes how long each read took and what
# came.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Endpoint,
    [Parameter(Mandatory)] [string] $Plan,
    [Parameter(Mandatory)] [string] $Results
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

Import-Module $Module
"  PS> New-ZonalSession $Endpoint"
$null = New-ZonalSession $Endpoint

$notes = foreach ($job in Get-Content -Raw $Plan | ConvertFrom-Json) {
    if ($job.file) { Write-Host "  PS> Get-ZonalObject $($job.uri) -Destination $(Split-Path -Leaf $job.file)" }
    elseif ($job.ranges) { Write-Host "  PS> Read-ZonalRange $($job.uri) -Range $($job.ranges -join ', ')" }
    else { Write-Host "  PS> `$bytes = Get-ZonalObject $($job.uri)" }

    # A list, because a single array that comes from a pipeline would be taken for its elements.
    $read = [System.Collections.Generic.List[byte[]]]::new()
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    if ($job.file) { Get-ZonalObject $job.uri -Destination $job.file }
    elseif ($job.ranges) { Read-ZonalRange $job.uri -Range $job.ranges | ForEach-Object { $read.Add($_) } }
    else { $read.Add((Get-ZonalObject $job.uri)) }
    $seconds = $watch.Elapsed.TotalSeconds

    $parts = if ($job.file) { @{ bytes = (Get-Item $job.file).Length; sha256 = (Get-FileHash $job.file).Hash } }
    else {
        foreach ($bytes in $read) {
            $hash = [System.Security.Cryptography.SHA256]::HashData([byte[]] $bytes)
            @{ bytes = $bytes.Length; sha256 = [System.Convert]::ToHexString($hash) }
        }
    }
    @{ seconds = $seconds; parts = @($parts) }
}

Remove-ZonalSession (Get-ZonalSession)
ConvertTo-Json -Depth 5 -InputObject @($notes) | Set-Content $Results
