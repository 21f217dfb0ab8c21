//! What Linux tells of processes and of this machine (`/proc`).

use std::path::Path;

/// Ticks of `/proc/PID/stat` a second: Linux' USER_HZ, the same on every architecture that we run on.
const TICKS_A_SECOND: f64 = 100.0;

/// Processor time that a process has used, user and system, all threads.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    cpu_seconds_in(&format!("/proc/{pid}/stat"))
}

/// Processor time of the thread of this name.
pub(crate) fn thread_cpu_seconds(pid: u32, thread: &str) -> f64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let ours = threads
        .flatten()
        .find(|entry| std::fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim_end() == thread));
    ours.map_or(0.0, |entry| cpu_seconds_in(&entry.path().join("stat").display().to_string()))
}

fn cpu_seconds_in(file: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // The second field is the program's name in brackets and may hold blanks: count from the last bracket.
    let fields = text.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace()).into_iter().flatten();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_A_SECOND
}

/// Resident memory of a process.
pub(crate) fn resident_bytes(pid: u32) -> f64 {
    status_bytes(pid, "VmRSS:")
}

/// The most that it ever was.
pub(crate) fn most_resident_bytes(pid: u32) -> f64 {
    status_bytes(pid, "VmHWM:")
}

fn status_bytes(pid: u32, field: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kilobytes(&text, field) * 1024.0
}

fn kilobytes(text: &str, field: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

/// Seconds that the cores had nothing to do, summed over all of them.
pub(crate) fn idle_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_ascii_whitespace();
    let idle: f64 = fields.skip(4).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    idle / TICKS_A_SECOND
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Bytes of all files below a folder.
pub(crate) fn folder_bytes(folder: &Path) -> f64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0.0 };
    let bytes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len() as f64,
        // A file that a store has just deleted.
        Err(_) => 0.0,
    });
    bytes.sum()
}

/// Processor, cores, memory, kernel, and how busy it was: `1.23 over the last minute`.
pub(crate) fn description() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |(_, name)| name);
    let gib = kilobytes(&read("/proc/meminfo"), "MemTotal:") / 1_048_576.0;
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{model}, {} cores, {gib:.0} GiB, Linux {}", cores(), kernel.trim())
}

/// Processes that ran or waited to run, on average over the last minute.
pub(crate) fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}
