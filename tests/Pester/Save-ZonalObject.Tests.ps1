BeforeAll {
    . $PSScriptRoot/common.ps1
    $objects = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")
    foreach ($name in 'logs/a.txt', 'logs/b.bin', 'logs/2026/c.txt', 'top.txt') {
        $null = New-Item -ItemType File -Force (Join-Path $objects "files/$name") -Value $name
    }
    $emulator = Start-ZonalEmulator -UseAsDefault -Path $objects -Bucket files, zonal-bucket
}
AfterAll {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $objects -Recurse -Force
}

Describe 'Save-ZonalObject' {
    BeforeEach { $folder = Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))" }
    AfterEach { if (Test-Path $folder) { Remove-Item $folder -Recurse -Force } }
    BeforeAll {
        function Get-Saved { @(Get-ChildItem $folder -File -Recurse | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName).Replace('\', '/') } | Sort-Object -CaseSensitive) }
    }
    It 'saves a bucket with its structure and sums up' {
        $summary = Save-ZonalObject gs://files $folder
        $summary.GetType().Name | Should -Be 'ZonalSaveSummary'
        $summary.Saved, $summary.Failed, $summary.Bytes | Should -Be 4, 0, 42
        Get-Saved | Should -Be 'logs/2026/c.txt', 'logs/a.txt', 'logs/b.bin', 'top.txt'
        Get-Content (Join-Path $folder logs/2026/c.txt) | Should -Be 'logs/2026/c.txt'
    }
    It 'takes folders and wildcards, on one level or all' {
        $null = Save-ZonalObject gs://files/logs/2026/ $folder
        Get-Saved | Should -Be 'logs/2026/c.txt'
        $null = Save-ZonalObject gs://files/logs/*.txt $folder -Force
        Get-Saved | Should -Be 'logs/2026/c.txt', 'logs/a.txt'
        $null = Save-ZonalObject -Bucket files -Name logs/*.txt $folder -Recurse -Force
        Get-Saved | Should -Be 'logs/2026/c.txt', 'logs/a.txt'
    }
    It 'takes info objects and names by pipe' {
        (Get-ZonalObjectInfo gs://files/logs/* | Where-Object Name -like '*.bin' | Save-ZonalObject -Destination $folder).Saved | Should -Be 1
        ('gs://zonal-bucket/size-10', 'gs://zonal-bucket/x/size-20' | Save-ZonalObject -Destination $folder).Bytes | Should -Be 30
        ([pscustomobject]@{ Bucket = 'files'; Name = 'top.txt' } | Save-ZonalObject -Destination $folder).Saved | Should -Be 1
        Get-Saved | Should -Be 'logs/b.bin', 'size-10', 'top.txt', 'x/size-20'
    }
    It 'takes a list file, names as they are' {
        $list = New-TemporaryFile
        'top.txt', '', 'gs://files/logs/a.txt', 'logs/*.txt' | Set-Content $list
        $summary = Save-ZonalObject -ListFile $list -Bucket files -Destination $folder -ErrorAction SilentlyContinue -ErrorVariable failures
        $summary.Saved, $summary.Failed | Should -Be 2, 1
        $failures.FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        { Save-ZonalObject -ListFile $list -Destination $folder -ErrorAction Stop } | Should -Throw -ErrorId 'AddressIncomplete,*'
        { Save-ZonalObject -ListFile nowhere.txt -Destination $folder -ErrorAction Stop } | Should -Throw -ErrorId 'ListFileNotReadable,*'
        Remove-Item $list
    }
    It 'flattens, and reports what collides' {
        $summary = 'gs://zonal-bucket/a/size-5', 'gs://zonal-bucket/b/size-5' | Save-ZonalObject -Destination $folder -Flatten -ErrorAction SilentlyContinue -ErrorVariable failures
        $summary.Saved, $summary.Failed | Should -Be 1, 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'DestinationCollision,*'
        Get-Saved | Should -Be 'size-5'
    }
    It 'prints the plan with -WhatIf and does nothing' {
        $output = & $pwsh -NoProfile -Command "Import-Module '$module'; `$null = New-ZonalSession $($emulator.Endpoint); Save-ZonalObject gs://files '$folder' -WhatIf"
        $output | Should -BeLike 'What if:*Save 4 objects, 42 B, 4 at a time over up to 4 streams*'
        Test-Path $folder | Should -BeFalse
    }
    It 'skips what is there and right' {
        $null = Save-ZonalObject gs://files $folder
        Set-Content (Join-Path $folder top.txt) other -NoNewline
        $summary = Save-ZonalObject gs://files $folder -SkipExisting -Force
        $summary.Saved, $summary.Skipped | Should -Be 1, 3
        Get-Content (Join-Path $folder top.txt) | Should -Be top.txt
    }
    It 'writes a result for each with -PassThru' {
        $results = Save-ZonalObject gs://files/logs/ $folder -PassThru
        $results.ForEach{ $_.GetType().Name } | Sort-Object -Unique | Should -Be 'ZonalTransferResult'
        ($results.Path | Split-Path -Leaf | Sort-Object) | Should -Be 'a.txt', 'b.bin', 'c.txt'
    }
    It 'shares the work as Cloud Run says, and tells so' {
        $env:CLOUD_RUN_TASK_COUNT = 3
        try {
            $total = foreach ($index in 0..2) {
                $env:CLOUD_RUN_TASK_INDEX = $index
                $summary = 1..30 | ForEach-Object { "gs://zonal-bucket/$_/size-100k" } | Save-ZonalObject -Destination $folder -Verbose 4>&1
                "$($summary[0])" | Should -BeLike "Shard $index of 3 (Cloud Run job): 10 of 30 objects*"
                $summary.Where{ $_.GetType().Name -eq 'ZonalSaveSummary' }.Saved
            }
            $total | Should -Be 10, 10, 10
            (Get-Saved).Count | Should -Be 30
        } finally {
            Remove-Item Env:CLOUD_RUN_TASK_COUNT, Env:CLOUD_RUN_TASK_INDEX
        }
        { Save-ZonalObject gs://files $folder -ShardIndex 3 -ShardCount 3 -ErrorAction Stop } | Should -Throw -ErrorId 'ShardInvalid,*'
    }
    It 'ends at once when stopped' {
        $slow = Start-ZonalEmulator -BandwidthPerStream 1MB
        try {
            $took = Stop-InTheMiddle "`$s = New-ZonalSession $($slow.Endpoint); 1..50 | ForEach-Object { `"gs://zonal-bucket/`$_/size-64m`" } | Save-ZonalObject -Destination '$folder' -Session `$s" 2500
            $took | Should -BeLessThan 500
            Get-Saved | Should -BeNullOrEmpty
            Wait-NoStream $slow
        } finally {
            $slow | Stop-ZonalEmulator
        }
    }
}

Describe 'Get-ZonalObject to files, resumed' {
    BeforeEach { $folder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "zonal-$([guid]::NewGuid().ToString('N'))")).FullName }
    AfterEach { Remove-Item $folder -Recurse -Force }
    It 'goes on after a kill, with the right bytes' {
        $file = Join-Path $folder x
        $slow = Start-ZonalEmulator -BandwidthPerStream 40MB
        try {
            $script = "Import-Module '$module'; `$s = New-ZonalSession $($slow.Endpoint); Get-ZonalObject gs://zonal-bucket/size-300m '$file' -Resume -Session `$s"
            $child = Start-Process $pwsh '-NoProfile', '-Command', $script -PassThru
            $clock = [Diagnostics.Stopwatch]::StartNew()
            while (-not (Test-Path "$file.partial.journal") -or (Get-Item "$file.partial.journal").Length -lt 300) {
                if ($clock.Elapsed.TotalSeconds -gt 60) { throw 'No part was noted.' }
                Start-Sleep -Milliseconds 20
            }
            $child.Kill()
            $child.WaitForExit()
        } finally {
            $slow | Stop-ZonalEmulator
        }
        Test-Path $file | Should -BeFalse
        $verbose = Get-ZonalObject gs://zonal-bucket/size-300m $file -Resume -Verbose 4>&1
        "$verbose" | Should -BeLike '*were there already*'
        (Get-FileHash $file).Hash | Should -Be (Get-Sha256 (Get-ZonalObject gs://zonal-bucket/size-300m))
        (Get-ChildItem $folder).Name | Should -Be 'x'
    }
    It 'keeps a file that exists with -NoClobber, without an error' {
        $file = Join-Path $folder y
        Set-Content $file old -NoNewline
        Get-ZonalObject gs://zonal-bucket/size-5 $file -NoClobber
        Get-Content $file | Should -Be old
        { Get-ZonalObject gs://zonal-bucket/size-5 $file -NoClobber -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ParametersConflict,*'
    }
    It 'gives the file the time of the content with -PreserveTimestamp' {
        $file = Join-Path $folder z
        $info = Get-ZonalObjectInfo gs://zonal-bucket/size-5
        Get-ZonalObject $info $file -PreserveTimestamp
        [Math]::Abs(((Get-Item $file).LastWriteTimeUtc - ($info.Finalized ?? $info.Created).UtcDateTime).TotalSeconds) | Should -BeLessThan 2
    }
}
