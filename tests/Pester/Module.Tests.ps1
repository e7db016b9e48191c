BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'The module' {
    It 'exports what its manifest says' {
        $manifest = Import-PowerShellDataFile $module
        (Get-Command -Module ZonalStorage -CommandType Cmdlet).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        (Get-Alias Close-ZonalSession).ResolvedCommandName | Should -Be Remove-ZonalSession
    }
    It 'survives being imported again and removed' {
        Import-Module $module -Force
        Remove-Module ZonalStorage
        Import-Module $module
        (Get-Command -Module ZonalStorage).Count | Should -BeGreaterThan 10
    }
    It 'makes the engine types known by name' {
        [ZonalStorage.ZonalUri]::Parse('gs://bucket/name#7').Generation | Should -Be 7
        [ZonalStorage.ByteRange]::new(1, 2).Length | Should -Be 2
    }
    It 'keeps the engine and its libraries out of the default load context' {
        $default = [Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.ForEach{ $_.GetName().Name }
        $default | Should -Not -Contain Google.Protobuf
        $default | Should -Not -Contain ZonalStorage
        $default | Should -Contain ZonalStorage.Cmdlets
    }
    It 'ships no DLL of PowerShell' {
        Get-ChildItem (Split-Path $module) -Recurse -Filter System.Management.Automation.dll | Should -BeNullOrEmpty
    }
    It 'has only approved verbs' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module ZonalStorage -CommandType Cmdlet).Verb | ForEach-Object { $approved | Should -Contain $_ }
    }
    It 'tells the output type of every cmdlet' {
        Get-Command -Module ZonalStorage -CommandType Cmdlet | ForEach-Object { $_.OutputType.Count | Should -BeGreaterThan 0 -Because $_.Name }
    }
}
