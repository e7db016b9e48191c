@{
    RootModule           = 'ZonalStorage.Cmdlets.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '5f0e7c1c-6a1b-4f0e-9d1e-3a5b0f6f8e21'
    Author               = 'The ZonalStorage authors'
    CompanyName          = 'ZonalStorage'
    Copyright            = '(c) The ZonalStorage authors.'
    Description          = 'Reads Google Cloud Storage zonal buckets (Rapid Storage) over gRPC at the speed of the machine: whole objects and byte ranges, to memory or to files.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    CmdletsToExport      = @(
        'Get-ZonalBucket'
        'Get-ZonalMetric'
        'Get-ZonalObject'
        'Get-ZonalObjectInfo'
        'Get-ZonalSession'
        'New-ZonalSession'
        'Open-ZonalStream'
        'Read-ZonalRange'
        'Remove-ZonalSession'
        'Save-ZonalObject'
        'Start-ZonalEmulator'
        'Stop-ZonalEmulator'
        'Test-ZonalBucket'
        'Test-ZonalObject'
    )
    AliasesToExport      = @('Close-ZonalSession')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    FormatsToProcess     = @('ZonalStorage.Format.ps1xml')
    PrivateData          = @{
        PSData = @{
            Tags         = @('GCP', 'GoogleCloud', 'Storage', 'GCS', 'Rapid', 'Zonal', 'gRPC', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            ReleaseNotes = 'See CHANGELOG.md.'
        }
    }
}
