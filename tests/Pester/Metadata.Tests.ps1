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
    It 'lists one level, or all with -Recurse: <Uri>' -ForEach @(
        @{ Uri = 'gs://zonal-bucket'; Level = 'a.txt', 'logs/', 'with space/'; All = 'a.txt', 'logs/1.log', 'logs/2.log', 'logs/old/0.log', 'with space/x.bin' }
        @{ Uri = 'gs://zonal-bucket/logs/'; Level = 'logs/1.log', 'logs/2.log', 'logs/old/'; All = 'logs/1.log', 'logs/2.log', 'logs/old/0.log' }
        @{ Uri = 'gs://zonal-bucket/logs/*.log'; Level = 'logs/1.log', 'logs/2.log'; All = 'logs/1.log', 'logs/2.log', 'logs/old/0.log' }
        @{ Uri = 'gs://zonal-bucket/l*'; Level = @('logs/'); All = @() }
        @{ Uri = 'gs://zonal-bucket/l*/[12].log'; Level = 'logs/1.log', 'logs/2.log'; All = 'logs/1.log', 'logs/2.log' }
        @{ Uri = 'gs://zonal-bucket/*.log'; Level = @(); All = 'logs/1.log', 'logs/2.log', 'logs/old/0.log' }
    ) {
        (Get-ZonalObjectInfo $Uri).Name | Sort-Object | Should -Be ($Level | Sort-Object)
        (Get-ZonalObjectInfo $Uri -Recurse).Name | Sort-Object | Should -Be ($All | Sort-Object)
    }
    It 'lists by prefix, and by wildcard in -Name' {
        (Get-ZonalObjectInfo gs://zonal-bucket -Prefix lo).Name | Should -Be 'logs/'
        (Get-ZonalObjectInfo gs://zonal-bucket -Prefix lo -Recurse).Count | Should -Be 3
        (Get-ZonalObjectInfo gs://zonal-bucket/logs/ -Prefix 1).Name | Should -Be logs/1.log
        (Get-ZonalObjectInfo -Bucket zonal-bucket -Name '?.txt').Name | Should -Be a.txt
        Get-ZonalObjectInfo gs://zonal-bucket/none* | Should -BeNullOrEmpty
    }
    It 'takes a name with wildcard characters for what it is, from an info object or after a back-tick' {
        $null = New-Item (Join-Path $folder 'zonal-bucket/odd/a[1].bin') -Force -Value 'x'
        try {
            $info = Get-ZonalObjectInfo 'gs://zonal-bucket/odd/a`[1`].bin'
            $info.Name | Should -Be 'odd/a[1].bin'
            ($info | Get-ZonalObjectInfo).Name | Should -Be 'odd/a[1].bin'
            (Get-ZonalObjectInfo gs://zonal-bucket/odd/* | Get-ZonalObject).Length | Should -Be 1
        } finally {
            Remove-Item -LiteralPath (Join-Path $folder 'zonal-bucket/odd') -Recurse
        }
    }
    It 'walks down from a folder that it listed' {
        (Get-ZonalObjectInfo gs://zonal-bucket | Where-Object IsPrefix | Get-ZonalObjectInfo).Count | Should -Be 4
    }
    It 'pipes into reading' {
        $arrays = Get-ZonalObjectInfo gs://zonal-bucket/logs/* -Recurse | Get-ZonalObject
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
        Test-ZonalObject -Bucket zonal-bucket -Name a.txt, none | Should -Be $true, $false
        [pscustomobject]@{ Bucket = 'zonal-bucket'; Key = 'a.txt' } | Test-ZonalObject | Should -BeTrue
        Test-ZonalObject gs://wrong-bucket/a.txt | Should -BeFalse
    }
    It 'does not take a failure for a no' {
        $session = New-ZonalSession 127.0.0.1:1 -SkipConnect -NoDefault -ConnectTimeout 1
        { Test-ZonalObject gs://zonal-bucket/a.txt -Session $session -ErrorAction Stop } | Should -Throw -ErrorId 'EndpointUnreachable,*'
        $session | Remove-ZonalSession
    }
}

Describe 'Buckets' {
    It 'are zonal' {
        Test-ZonalBucket zonal-bucket | Should -BeTrue
        $detailed = Test-ZonalBucket gs://zonal-bucket -Detailed
        $detailed.Zone | Should -Be us-central1-a
        $detailed.HierarchicalNamespace | Should -BeTrue
        (Get-ZonalBucket zonal-bucket).StorageClass | Should -Be RAPID
    }
    It 'are listed by project' {
        (Get-ZonalBucket -Project any-project).Name | Should -Be zonal-bucket
    }
    It 'are compared with the zone of this machine' {
        $server = [Net.HttpListener]::new()
        $port = Get-Random -Minimum 20000 -Maximum 32000
        $server.Prefixes.Add("http://127.0.0.1:$port/")
        $server.Start()
        $answer = $server.GetContextAsync()
        $env:GCE_METADATA_HOST = "127.0.0.1:$port"
        try {
            $shell = [powershell]::Create().AddScript("Import-Module '$module'; Test-ZonalBucket zonal-bucket -Detailed -Session (New-ZonalSession $($emulator.Endpoint))")
            $running = $shell.BeginInvoke()
            $response = $answer.GetAwaiter().GetResult().Response
            $response.AddHeader('Metadata-Flavor', 'Google')
            $text = [Text.Encoding]::ASCII.GetBytes('projects/1/zones/us-central1-a')
            $response.OutputStream.Write($text, 0, $text.Length)
            $response.Close()
            $result = $shell.EndInvoke($running)
            $result.MachineZone | Should -Be us-central1-a
            $result.IsSameZone | Should -BeTrue
        } finally {
            $env:GCE_METADATA_HOST = $null
            $server.Close()
            $shell.Dispose()
        }
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
        @{ Line = 'Get-ZonalObject gs://zo'; Expected = 'gs://zonal-bucket/' }
        @{ Line = "Get-ZonalObject 'gs://zonal-bucket/with space/"; Expected = "'gs://zonal-bucket/with space/x.bin'" }
    ) {
        (TabExpansion2 $Line).CompletionMatches.CompletionText | Should -Contain $Expected
    }
    It 'completes sessions' {
        $id = (Get-ZonalSession -Default).Id
        (TabExpansion2 'Remove-ZonalSession ').CompletionMatches.CompletionText | Should -Contain "(Get-ZonalSession $id)"
        (TabExpansion2 'Get-ZonalSession -Id ').CompletionMatches.CompletionText | Should -Contain "$id"
    }
    It 'gives up within its budget where the service is slow' {
        $slow = Start-ZonalEmulator -DelayMicroseconds 3000000
        $session = New-ZonalSession $slow.Endpoint -NoDefault
        try {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            (TabExpansion2 'Get-ZonalObject -Session $session gs://zonal-bucket/').CompletionMatches.Count | Should -Be 0
            $clock.ElapsedMilliseconds | Should -BeLessThan 1500
        } finally {
            $session | Remove-ZonalSession
            $slow | Stop-ZonalEmulator
        }
    }
    It 'gives nothing, and no error, where nothing can be asked' {
        (TabExpansion2 'Get-ZonalObject gs://wrong-bucket/x').CompletionMatches.Count | Should -Be 0
    }
}
