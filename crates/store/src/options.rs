//! RocksDB's settings, in one place, with their reasons.

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, LogLevel, Options, ReadOptions, WriteBufferManager, WriteOptions,
};

/// Memory that all partitions of a process share: one block cache, and one bound for all memtables inside it.
#[derive(Clone)]
pub struct SharedMemory {
    cache: Cache,
    memtables: WriteBufferManager,
}

impl SharedMemory {
    /// `block_cache_bytes` for blocks, filters and indexes; of these at most `memtable_bytes` for memtables.
    #[must_use]
    pub fn new(block_cache_bytes: usize, memtable_bytes: usize) -> Self {
        // 0: RocksDB estimates the entry size by itself.
        let cache = Cache::new_hyper_clock_cache(block_cache_bytes, 0);
        // Without stalls: a full bound flushes early, it never blocks the worker.
        let memtables = WriteBufferManager::new_write_buffer_manager_with_cache(memtable_bytes, false, cache.clone());
        Self { cache, memtables }
    }

    /// Bytes in use in the block cache, memtables included.
    #[must_use]
    pub fn usage_bytes(&self) -> usize {
        self.cache.get_usage()
    }

    /// Bytes of all memtables.
    #[must_use]
    pub fn memtable_bytes(&self) -> usize {
        self.memtables.get_usage()
    }
}

impl std::fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedMemory").field("usage_bytes", &self.usage_bytes()).finish_non_exhaustive()
    }
}

/// Bounds of one partition's buffer.
#[derive(Debug, Clone, Copy)]
pub struct StoreLimits {
    /// Decoded rows kept, clean ones beyond it are dropped. An estimate: twice the encoded size and a constant a row.
    pub buffer_bytes: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self { buffer_bytes: 64 << 20 }
    }
}

pub(crate) fn database(memory: &SharedMemory) -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);

    // One column family with a table byte: batch and position share a memtable, so a flush is atomic without ado.
    options.set_write_buffer_manager(&memory.memtables);
    options.set_write_buffer_size(16 << 20);
    options.set_max_write_buffer_number(4);
    options.set_min_write_buffer_number_to_merge(1);

    options.set_level_compaction_dynamic_level_bytes(true);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_bottommost_compression_type(DBCompressionType::Zstd);
    options.set_max_background_jobs(2);
    // The due index is a queue: deleted in the order in which it is read. Files full of tombstones are compacted soon.
    options.add_compact_on_deletion_collector_factory(4_096, 2_048, 0.5);

    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(&memory.cache);
    blocks.set_block_size(8 << 10);
    blocks.set_format_version(6);
    // A new subject is a miss on every level; filters pay for themselves there. Bloom above (built at flush), ribbon below.
    blocks.set_hybrid_ribbon_filter(10.0, 1);
    blocks.set_optimize_filters_for_memory(true);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    options.set_block_based_table_factory(&blocks);

    options.set_max_open_files(512);
    options.set_log_level(LogLevel::Warn);
    options.set_keep_log_file_num(2);
    options.set_max_log_file_size(1 << 20);
    options.set_stats_dump_period_sec(0);
    options
}

/// No write-ahead log: the changelog topic is the log.
pub(crate) fn unlogged() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    options
}

/// A scan over `[start, end)` that leaves the cache to point reads.
pub(crate) fn scan(start: &[u8], end: Option<Vec<u8>>) -> ReadOptions {
    let mut options = ReadOptions::default();
    options.fill_cache(false);
    // The bounds keep the iterator from walking over tombstones outside.
    options.set_iterate_lower_bound(start);
    if let Some(end) = end {
        options.set_iterate_upper_bound(end);
    }
    options
}

/// The first key after every key with `prefix`; none when there is no such key.
pub(crate) fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}
