BeforeAll {
    . $PSScriptRoot/common.ps1
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
    foreach ($name in 'a.txt', 'logs/1.log', 'logs/2.log', 'logs/old/0.log', 'with space/x.bin') {
        $null = New-Item (Join-Path $folder "zonal-bucket/$name") -Force -Value 'content'
    }
    $emulator = Start-ZonalEmulator -Path $folder -UseAsDefault
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Get-ZonalObjectInfo' {
    It 'tells about one object' {
        $info = Get-ZonalObjectInfo gs://zonal-bucket/logs/1.log
        $info.Size | Should -Be 7
        $info.Name | Should -Be logs/1.log
        $info.IsFinalized | Should -BeTrue
    }
    It 'lists a bucket, a prefix, a level and a wildcard' {
        (Get-ZonalObjectInfo gs://zonal-bucket).Count | Should -Be 5
        (Get-ZonalObjectInfo gs://zonal-bucket -Prefix logs/).Count | Should -Be 3
        (Get-ZonalObjectInfo gs://zonal-bucket -Directory | Where-Object IsPrefix).Name | Should -Be 'logs/', 'with space/'
        (Get-ZonalObjectInfo gs://zonal-bucket/logs/*.log).Count | Should -Be 3
        (Get-ZonalObjectInfo -Bucket zonal-bucket -Name '?.txt').Name | Should -Be a.txt
    }
    It 'pipes into reading' {
        $arrays = Get-ZonalObjectInfo gs://zonal-bucket/logs/* | Get-ZonalObject
        $arrays.Count | Should -Be 3
        [Text.Encoding]::ASCII.GetString($arrays[0]) | Should -Be content
    }
    It 'says what is missing' {
        { Get-ZonalObjectInfo gs://zonal-bucket/none -ErrorAction Stop } | Should -Throw -ErrorId 'ObjectNotFound,*'
        { Get-ZonalObjectInfo gs://wrong-bucket -ErrorAction Stop } | Should -Throw -ErrorId 'BucketNotFound,*'
    }
    It 'is shown as a table with readable sizes' {
        $shown = Get-ZonalObjectInfo gs://zonal-bucket/a.txt | Out-String
        $shown | Should -Match 'Folder: gs://zonal-bucket/'
        $shown | Should -Match '7 B yes'
    }
}

Describe 'Test-ZonalObject' {
    It 'is true or false' {
        Test-ZonalObject gs://zonal-bucket/a.txt | Should -BeTrue
        'gs://zonal-bucket/a.txt', 'gs://zonal-bucket/none' | Test-ZonalObject | Should -Be $true, $false
    }
}

Describe 'Buckets' {
    It 'are zonal' {
        Test-ZonalBucket zonal-bucket | Should -BeTrue
        (Test-ZonalBucket gs://zonal-bucket -Detailed).Zone | Should -Be us-central1-a
        (Get-ZonalBucket zonal-bucket).StorageClass | Should -Be RAPID
    }
    It 'that do not exist are an error' {
        { Test-ZonalBucket wrong-bucket -ErrorAction Stop } | Should -Throw -ErrorId 'BucketNotFound,*'
        try { Get-ZonalBucket wrong-bucket -ErrorAction Stop } catch { $failure = $_ }
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
    }
}

Describe 'Tab completion' {
    It 'completes <Line> to <Expected>' -ForEach @(
        @{ Line = 'Get-ZonalObject gs://zonal-bucket/lo'; Expected = 'gs://zonal-bucket/logs/' }
        @{ Line = 'Get-ZonalObject gs://zonal-bucket/logs/1'; Expected = 'gs://zonal-bucket/logs/1.log' }
        @{ Line = "Get-ZonalObject gs://zonal-bucket/w"; Expected = "'gs://zonal-bucket/with space/'" }
        @{ Line = 'Read-ZonalRange -Bucket zonal-bucket -Name a'; Expected = 'a.txt' }
        @{ Line = 'Get-ZonalObject -Bucket zo'; Expected = 'zonal-bucket' }
    ) {
        (TabExpansion2 $Line).CompletionMatches.CompletionText | Should -Contain $Expected
    }
    It 'gives nothing, and no error, where nothing can be asked' {
        (TabExpansion2 'Get-ZonalObject gs://wrong-bucket/x').CompletionMatches.Count | Should -Be 0
    }
}
