BeforeAll {
    . $PSScriptRoot/common.ps1
    $emulator = Start-ZonalEmulator -UseAsDefault
    $folder = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $folder -Recurse -Force
}

Describe 'Read-ZonalRange' {
    It 'understands <Range>' -ForEach @(
        @{ Range = '0-1023'; At = 0; Count = 1024 }
        @{ Range = '1KB+16'; At = 1024; Count = 16 }
        @{ Range = '-100'; At = 99900; Count = 100 }
        @{ Range = '99000-'; At = 99000; Count = 1000 }
        @{ Range = '99990+100'; At = 99990; Count = 10 }
        @{ Range = '5+0'; At = 5; Count = 0 }
        @{ Range = @{ Offset = 7; Length = 3 }; At = 7; Count = 3 }
        @{ Range = [pscustomobject]@{ Offset = '-1KB'; Length = '24' }; At = 98976; Count = 24 }
        @{ Range = -50; At = 99950; Count = 50 }
    ) {
        $bytes = Read-ZonalRange gs://zonal-bucket/size-100000 $Range
        $bytes.Length | Should -Be $Count
        [ZonalTestContent]::Matches($bytes, $At) | Should -BeTrue
    }
    It 'refuses <Range> and says what to type' -ForEach @(
        @{ Range = 'x' }, @{ Range = '5' }, @{ Range = '9-3' }, @{ Range = '1+-1' }, @{ Range = 5 }
    ) {
        { Read-ZonalRange gs://zonal-bucket/size-100000 -Range $Range } | Should -Throw '*0-1023*'
    }
    It 'reads 200 random ranges right and in order' {
        $size = 20000003
        $random = [Random]::new(5)
        $ranges = foreach ($i in 0..199) {
            switch ($i % 8) {
                0 { [pscustomobject]@{ Offset = -$random.Next(1, $size); Length = $random.Next(3000) } }
                1 { [pscustomobject]@{ Offset = $random.Next($size); Length = 0 } }
                2 { [pscustomobject]@{ Offset = $size - $random.Next(100); Length = 1000 } }
                3 { [pscustomobject]@{ Offset = 12345; Length = 6789 } }
                default { [pscustomobject]@{ Offset = $random.Next($size); Length = $random.Next(50000) } }
            }
        }
        $results = $ranges | Read-ZonalRange "gs://zonal-bucket/size-$size" -AsResult
        $results.Count | Should -Be 200
        for ($i = 0; $i -lt 200; $i++) {
            $start = if ($ranges[$i].Offset -lt 0) { $size + $ranges[$i].Offset } else { $ranges[$i].Offset }
            $results[$i].Offset | Should -Be $start
            $results[$i].Length | Should -Be ([Math]::Min($ranges[$i].Length, $size - $start))
            [ZonalTestContent]::Matches($results[$i].Data, $start) | Should -BeTrue
        }
    }
    It 'fails one range behind the end alone, among 50 good ones' {
        $ranges = 0..50 | ForEach-Object { if ($_ -eq 20) { '5000000+1' } else { "$($_ * 100)+100" } }
        $arrays = $ranges | Read-ZonalRange gs://zonal-bucket/size-1m -ErrorAction SilentlyContinue -ErrorVariable failures
        $arrays.Count | Should -Be 50
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'RangeOutOfBounds,*'
        $failures[0].CategoryInfo.Category | Should -Be InvalidArgument
    }
    It 'reads columns of a CSV file' {
        Set-Content (Join-Path $folder index.csv) "Offset,Length`n10,20`n1KB,3`n5," -NoNewline
        $arrays = Import-Csv (Join-Path $folder index.csv) | Read-ZonalRange gs://zonal-bucket/size-2000
        $arrays.ForEach{ $_.Length } | Should -Be 20, 3, 1995
    }
    It 'reads what objects with address and range say' {
        $array = [pscustomobject]@{ Uri = 'gs://zonal-bucket/size-1000'; Offset = 10; Length = 5 } | Read-ZonalRange
        $array.Length | Should -Be 5
        [ZonalTestContent]::Matches($array, 10) | Should -BeTrue
        ([pscustomobject]@{ Bucket = 'zonal-bucket'; Name = 'size-1000'; Offset = '1KB'; Length = '' } | Read-ZonalRange -ErrorAction Ignore) | Should -BeNullOrEmpty
        ([pscustomobject]@{ Bucket = 'zonal-bucket'; Key = 'size-2000'; Offset = '1KB'; Length = '' } | Read-ZonalRange).Length | Should -Be 976
        ([pscustomobject]@{ Uri = 'gs://zonal-bucket/size-1000' } | Read-ZonalRange).Length | Should -Be 1000
        $again = Read-ZonalRange gs://zonal-bucket/size-1000 7+3, 100+9 -AsResult | Read-ZonalRange
        $again.ForEach{ $_.Length } | Should -Be 3, 9
    }
    It 'reads ranges of objects that are piped in' {
        $arrays = Get-ZonalObjectInfo gs://zonal-bucket/size-1000 | Read-ZonalRange -Range 0-9, -4
        $arrays.ForEach{ $_.Length } | Should -Be 10, 4
        ('gs://zonal-bucket/size-1000' | Read-ZonalRange -Offset -3).Length | Should -Be 3
    }
    It 'reads records of many objects in their order' {
        $records = 1..60 | ForEach-Object { [pscustomobject]@{ Uri = "gs://zonal-bucket/size-$(1000 + $_ % 7)"; Offset = $_; Length = $_ } }
        $results = $records | Read-ZonalRange -AsResult
        $results.Offset | Should -Be (1..60)
        $results.Uri.Name | Should -Be (1..60 | ForEach-Object { "size-$(1000 + $_ % 7)" })
    }
    It 'fills an array of the caller' {
        $buffer = [byte[]]::new(10)
        Read-ZonalRange gs://zonal-bucket/size-1m -Offset 77 -Into $buffer | Should -Be 10
        [ZonalTestContent]::Matches($buffer, 77) | Should -BeTrue
        Read-ZonalRange gs://zonal-bucket/size-1m -Into ([byte[]]::new(0)) | Should -Be 0
        { Read-ZonalRange gs://zonal-bucket/size-1m -Into (1, 2, 3) } | Should -Throw '*byte*'
    }
    It 'writes a range to a file' {
        $file = Join-Path $folder range.bin
        Read-ZonalRange gs://zonal-bucket/size-1m -Offset 1000 -Length 500 -Destination $file
        [ZonalTestContent]::Matches([IO.File]::ReadAllBytes($file), 1000) | Should -BeTrue
        (Get-Item $file).Length | Should -Be 500
    }
    It 'fills an array with range after range' {
        $buffer = [byte[]]::new(30)
        '77+10', @{ Offset = 5000; Length = 5 }, '-4' | Read-ZonalRange gs://zonal-bucket/size-1m -Into $buffer | Should -Be 19
        [ZonalTestContent]::Matches($buffer[0..9], 77) | Should -BeTrue
        [ZonalTestContent]::Matches($buffer[10..14], 5000) | Should -BeTrue
        [ZonalTestContent]::Matches($buffer[15..18], 1MB - 4) | Should -BeTrue
        Read-ZonalRange gs://zonal-bucket/size-1m -Range '0-' -Into $buffer | Should -Be 30
        { Read-ZonalRange gs://zonal-bucket/size-1m '0-19', '0-19' -Into $buffer -ErrorAction Stop } | Should -Throw '*40 bytes*30*'
        { Read-ZonalRange gs://zonal-bucket/size-1m '0-19', '1MB+1', '2MB+1' -Into $buffer -ErrorAction Stop } | Should -Throw -ErrorId 'RangeOutOfBounds*'
    }
    It 'writes range after range to a file' {
        $file = Join-Path $folder ranges.bin
        # The second is longer than a part of a file.
        $result = '100+7', '1MB+5MB', '-3', '10+0' | Read-ZonalRange gs://zonal-bucket/size-20m -Destination $file -PassThru
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes.Length | Should -Be (7 + 5MB + 3)
        $result.Bytes | Should -Be $bytes.Length
        [ZonalTestContent]::Matches($bytes[0..6], 100) | Should -BeTrue
        [ZonalTestContent]::Matches([ArraySegment[byte]]::new($bytes, 7, 5MB).ToArray(), 1MB) | Should -BeTrue
        [ZonalTestContent]::Matches($bytes[-3..-1], 20MB - 3) | Should -BeTrue
        { '0-9', '1-2' | Read-ZonalRange gs://zonal-bucket/size-20m -Destination $file -ErrorAction Stop } | Should -Throw -ErrorId 'DestinationExists*'
        '0-9', '1-2' | Read-ZonalRange gs://zonal-bucket/size-20m -Destination $file -Force
        (Get-Item $file).Length | Should -Be 12
        Read-ZonalRange gs://zonal-bucket/size-20m '0-3' -Destination $file -Force
        (Get-Item $file).Length | Should -Be 4
    }
    It 'writes all ranges to a file or nothing' {
        $file = Join-Path $folder none.bin
        { '0-9', '21MB+1' | Read-ZonalRange gs://zonal-bucket/size-20m -Destination $file -ErrorAction Stop } | Should -Throw -ErrorId 'RangeOutOfBounds*'
        '0-9', '1-2' | Read-ZonalRange gs://zonal-bucket/size-20m -Destination $file -WhatIf
        $records = 'size-1', 'size-2' | ForEach-Object { [pscustomobject]@{ Uri = "gs://zonal-bucket/$_"; Offset = 0; Length = 1 } }
        { $records | Read-ZonalRange -Destination $file } | Should -Throw -ErrorId 'ParametersConflict*'
        { Read-ZonalRange gs://zonal-bucket/size-20m '0-1' -Destination $file -AsResult } | Should -Throw -ErrorId 'ParametersConflict*'
        Get-ChildItem $folder -Filter none.bin* | Should -BeNullOrEmpty
    }
    It 'says in -Verbose that a range was cut' {
        $said = Read-ZonalRange gs://zonal-bucket/size-100 '90+20' -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        "$said" | Should -BeLike '*ends after the object*'
    }
    It 'shares a session with parallel runspaces' {
        $session = Get-ZonalSession -Default
        $counts = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:module
            (Read-ZonalRange gs://zonal-bucket/size-1m "$($_ * 1000)+$_" -Session $using:session).Length
        } -ThrottleLimit 4
        $counts | Sort-Object | Should -Be (1..8)
    }
    It 'ends at once when stopped' {
        $slow = Start-ZonalEmulator -BandwidthPerStream 2MB
        try {
            $script = "`$s = New-ZonalSession $($slow.Endpoint); 1..100 | % { `"`$(`$_ * 1MB)+1MB`" } | Read-ZonalRange gs://zonal-bucket/size-1g"
            Stop-InTheMiddle $script 2500 | Should -BeLessThan 200
            Wait-NoStream $slow
        } finally {
            $slow | Stop-ZonalEmulator
        }
    }
}
