//! How often a second the disk says that what was written is safe.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub(crate) fn measure(folder: &Path) -> Value {
    let path = folder.join(format!("countersign-floor-{}", std::process::id()));
    let mut file = File::create(&path).expect("a file");
    let page = [0x5au8; 4096];
    // The length is settled before the clock starts, as in a write-ahead log that is used again.
    file.write_all(&vec![0; 4096 * 256]).expect("room");
    file.sync_all().expect("syncing");
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed() < Duration::from_secs(2) {
        let began = Instant::now();
        let at = u64::try_from(times.len()).unwrap_or(0) % 256 * 4096;
        file.seek(SeekFrom::Start(at)).expect("seeking");
        file.write_all(&page).expect("writing");
        file.sync_data().expect("syncing");
        times.push(began.elapsed());
    }
    let wall = start.elapsed();
    drop(std::fs::remove_file(&path));
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_micros);
    json!({
        "fdatasync_per_second": times.len() as u128 * 1_000 / wall.as_millis().max(1),
        "p50_us": at(50),
        "p99_us": at(99),
    })
}
