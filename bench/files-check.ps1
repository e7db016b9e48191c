<#
.SYNOPSIS
What the file commands promise, shown: kills and resumes, shards that share, many small objects.

.DESCRIPTION
Starts emulators of its own. Prints one line for each promise, and fails at the first that is broken.

Kills: downloads of one object are killed (SIGKILL) at random moments and resumed, until the given number of kills is reached; each
object that comes through must have the right SHA-256, and its name must not have been there before. Bytes sent again are what the server
sent in all, less the size. Where there is ss (Linux) a process is stopped before it is killed, so that those which it had not even taken
from its sockets can be told from those which it had read and not yet written.
Shards: so many processes save one set of objects, then one huge object into one shared file.
Small: so many objects of 64 KiB and of 4 bytes, together and one after another, without and with a delay of the server.

.EXAMPLE
bench/files-check.ps1 -Folder /dev/shm -Kills 25 -Shards 8
#>
param(
    [string] $Folder = '/dev/shm',
    [string] $KillObject = 'size-2g',
    [int] $Kills = 25,
    [int] $Shards = 8,
    [string] $HugeObject = 'size-4g',
    [int] $Objects = 10000,
    [ValidateSet('Kills', 'Shards', 'Small')] [string[]] $Only = ('Kills', 'Shards', 'Small')
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
dotnet build --configuration Release --verbosity quiet (Join-Path $PSScriptRoot ../module) | Out-Null
$module = (Get-ChildItem (Join-Path $PSScriptRoot '../output/ZonalStorage/*/ZonalStorage.psd1') | Select-Object -Last 1).FullName
Import-Module $module
$work = New-Item -ItemType Directory (Join-Path $Folder "zonal-check-$PID")

function Get-Stat($Emulator, [string] $Name) { (Invoke-RestMethod "$($Emulator.Admin)/stats").$Name }
function Start-Reader([string] $Command, $Emulator) {
    $script = "`$ErrorActionPreference = 'Stop'; Import-Module '$module'; `$null = New-ZonalSession $($Emulator.Endpoint); $Command"
    Start-Process pwsh '-NoProfile', '-NonInteractive', '-Command', $script -PassThru -RedirectStandardOutput (Join-Path $work "out-$([guid]::NewGuid())")
}
function Assert([bool] $Condition, [string] $Claim) { if (-not $Condition) { throw "Not so: $Claim" } }

# Bytes in the sockets of one port, on either side.
function Get-Queued([string] $Port) {
    (ss -Htn "( sport = :$Port or dport = :$Port )" | ForEach-Object { $_, $queues = ($_ -split '\s+')[0..2]; [long]$queues[0] + [long]$queues[1] } |
        Measure-Object -Sum).Sum
}
function Stop-Reader($Reader, $Emulator) {
    $queued = 0
    if (Get-Command ss -ErrorAction Ignore) {
        kill -STOP $Reader.Id
        # Until the sockets are full, or all that was asked for is in them.
        do { $before = $queued; Start-Sleep -Milliseconds 100; $queued = Get-Queued ([uri]$Emulator.Endpoint).Port } while ($queued -ne $before)
    }
    $Reader.Kill()
    $Reader.WaitForExit()
    $queued
}

function Test-Kills {
    $emulator = Start-ZonalEmulator -BandwidthPerStream 400MB
    $session = New-ZonalSession $emulator.Endpoint
    $uri, $file = "gs://zonal-bucket/$KillObject", (Join-Path $work killed)
    $size = (Get-ZonalObjectInfo $uri -Session $session).Size
    Get-ZonalObject $uri $file -Session $session
    $expected = (Get-FileHash $file).Hash
    Remove-Item $file
    $sentBefore, $killed, $queued, $complete, $random = (Get-Stat $emulator bytes_sent), 0, 0, 0, [Random]::new()
    while ($killed -lt $Kills -or (Test-Path "$file.partial")) {
        $reader = Start-Reader "Get-ZonalObject $uri '$file' -Resume" $emulator
        $delay = if ($killed -lt $Kills) { $random.Next(400, 2500) } else { 600000 }
        if (-not $reader.WaitForExit($delay)) {
            # Once the name is there all is there, although PowerShell has not ended yet: that is no kill of a download.
            if (Test-Path $file) { $reader.WaitForExit() }
            else {
                $queued += Stop-Reader $reader $emulator
                $killed++
            }
        }
        if (Test-Path $file) {
            Assert ((Get-FileHash $file).Hash -eq $expected) 'the SHA-256 is right after kills, and the name not there before'
            Assert (-not (Test-Path "$file.partial*")) 'nothing is left behind'
            Remove-Item $file
            $complete++
        }
    }
    $again = (Get-Stat $emulator bytes_sent) - $sentBefore - $complete * $size
    "Kills: $killed at random moments, $complete objects of $size bytes came through with the right SHA-256; bytes sent again: {0:n1} MiB, {1:n1} MiB a kill, {2:n1} of them still in sockets." -f
        ($again / 1MB), ($again / 1MB / $killed), ($queued / 1MB / $killed)
    Remove-ZonalSession $session
    $emulator | Stop-ZonalEmulator
}

function Test-Shards {
    $emulator = Start-ZonalEmulator
    $list = Join-Path $work list.txt
    $sizes = 1..200 | ForEach-Object { ($_ * 7919) % 3000 + 1 }
    $sizes | ForEach-Object -Begin { $n = 0 } { "gs://zonal-bucket/$(++$n)/size-${_}k" } | Set-Content $list
    foreach ($case in @{ Name = '200 objects'; Source = "-ListFile '$list'"; Bytes = 1KB * ($sizes | Measure-Object -Sum).Sum; Files = 200 },
        @{ Name = $HugeObject; Source = "gs://zonal-bucket/$HugeObject"; Bytes = 4GB; Files = 1 }) {
        $folder = Join-Path $work shards
        if ($case.Files -eq 1) { $case.Bytes = (Get-ZonalObjectInfo $case.Source -Session ($s = New-ZonalSession $emulator.Endpoint)).Size; Remove-ZonalSession $s }
        $sent = Get-Stat $emulator bytes_sent
        $readers = foreach ($index in 0..($Shards - 1)) {
            Start-Reader "(Save-ZonalObject $($case.Source) '$folder' -ShardIndex $index -ShardCount $Shards).Bytes | Set-Content '$work/bytes-$index'" $emulator
        }
        $readers.WaitForExit()
        Assert (-not $readers.Where{ $_.ExitCode }) 'every shard succeeds'
        $bytes = 0..($Shards - 1) | ForEach-Object { [long](Get-Content "$work/bytes-$_") }
        $sum = $bytes | Measure-Object -Sum -Minimum -Maximum
        $files = Get-ChildItem $folder -File -Recurse
        Assert ($files.Count -eq $case.Files) "there are $($case.Files) files and nothing else"
        Assert (($files | Measure-Object Length -Sum).Sum -eq $case.Bytes -and $sum.Sum -eq $case.Bytes) 'every byte is there, brought once'
        # The emulator counts a stream's bytes a little later than they arrive: less than all of them may be counted by now.
        Assert ((Get-Stat $emulator bytes_sent) - $sent -le $case.Bytes) "no byte is sent twice: $((Get-Stat $emulator bytes_sent) - $sent) of $($case.Bytes)"
        $spread = ($sum.Maximum - $sum.Minimum) / ($sum.Sum / $Shards)
        Assert ($spread -le 0.2) 'the shares are within 10 % of the mean'
        $s = New-ZonalSession $emulator.Endpoint
        Assert ((Save-ZonalObject @(($case.Files -eq 1) ? $case.Source : (Get-Content $list)) $folder -SkipExisting -Session $s -ShardCount 1).Skipped -eq $case.Files) 'every CRC32C is right'
        Remove-ZonalSession $s
        '{0} shards, {1}: {2} bytes, each brought once; smallest share {3:0.000} and largest {4:0.000} of the mean.' -f $Shards, $case.Name,
            $sum.Sum, ($sum.Minimum * $Shards / $sum.Sum), ($sum.Maximum * $Shards / $sum.Sum)
        Remove-Item $folder -Recurse
    }
    $emulator | Stop-ZonalEmulator
}

function Test-Small {
    $folder = Join-Path $work small
    foreach ($delay in 0, 1000) {
        $emulator = Start-ZonalEmulator -DelayMicroseconds $delay
        $session = New-ZonalSession $emulator.Endpoint
        foreach ($size in '64k', '4') {
            $uris = 1..$Objects | ForEach-Object { "gs://zonal-bucket/$_/size-$size" }
            $few = [Math]::Max(1, $Objects / 10)
            # Compiled code is warm on both sides: that takes some thousands of objects.
            $null = $uris | Save-ZonalObject -Destination $folder -Session $session
            Remove-Item $folder -Recurse
            $together = $uris | Save-ZonalObject -Destination $folder -Session $session
            Assert ($together.Saved -eq $Objects) 'every object is saved'
            Remove-Item $folder -Recurse
            $throttled = $uris | Select-Object -First $few | Save-ZonalObject -Destination $folder -Session $session -ThrottleLimit 1
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $file = Join-Path $folder one
            foreach ($uri in $uris | Select-Object -First $few) { Get-ZonalObject $uri $file -Force -Session $session }
            $loop = $few / $clock.Elapsed.TotalSeconds
            Remove-Item $folder -Recurse
            $rate, $single = ($Objects / $together.Duration.TotalSeconds), ($few / $throttled.Duration.TotalSeconds)
            'Small: {0} objects of {1}, server delay {2} us: {3:0}/s together; {4:0.0} x a loop of Get-ZonalObject ({5:0}/s), {6:0.0} x -ThrottleLimit 1 ({7:0}/s).' -f
                $Objects, $size, $delay, $rate, ($rate / $loop), $loop, ($rate / $single), $single
        }
        Remove-ZonalSession $session
        $emulator | Stop-ZonalEmulator
    }
}

try {
    foreach ($check in $Only) { & "Test-$check" }
} finally {
    Get-ZonalSession | Remove-ZonalSession
    Stop-ZonalEmulator
    Remove-Item $work -Recurse -Force
}
