/** Every bound of the index engine, with its reason. What a segment may hold is in column-contract.ts. */

/**
 * The unit that is read, checked and cached. SQLite reads a BLOB whole, so a smaller one costs less for one document or
 * one rare term; a larger one costs fewer rows, which are billed. A part that is larger has a BLOB of its own.
 */
export const BLOB_BYTES = 256 * 1024;

/** A row, and so a piece of the log or of a segment, at most: SQLite's rows in a Durable Object end at 2 MB. */
export const ROW_BYTES_MAX = 1024 * 1024;

/**
 * BLOBs kept in memory, of all leaves in an isolate together: an isolate has 128 MB, and the live segments, a merge and
 * the answers need theirs.
 */
export const CACHE_BYTES_MAX = 24 * 1024 * 1024;

/**
 * BLOBs that were evicted in one turn and are held until it ends, to be given back then. What goes beyond, in a long turn,
 * is left to the collection of garbage: holding it would be worse.
 */
export const RETIRED_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Terms in the live segment: each flush sorts and writes its vocabulary, so fewer and larger ones are cheaper. A leaf that
 * wakes scans them again from the log, at about 0.1 µs each, and is to answer its first search within 150 ms.
 */
export const LIVE_TOKENS_MAX = 256 * 1024;

/** Documents in the live segment: a leaf that wakes parses each from the log, at about 10 µs. */
export const LIVE_DOCUMENTS_MAX = 6 * 1024;

/**
 * Words that the analysis of a live field remembers for the next one: at some 60 bytes each, and enough for most
 * collections' vocabulary.
 */
export const SCANNED_TERMS_MAX = 65_536;

/** Text of the documents in the live segment: what the log holds, and what memory holds beside the postings. */
export const LIVE_TEXT_MAX = 4 * 1024 * 1024;

/**
 * Deletions in immutable segments that only the log knows. Each is a few bytes there; a leaf that wakes applies them
 * one by one.
 */
export const LOGGED_OPERATIONS_MAX = 20_000;

/**
 * Positions of one term in one field of one document. A phrase is looked for among the first so many occurrences of
 * each of its words; without a bound a document of one word, repeated, makes a block of postings too large to decode.
 */
export const POSITIONS_MAX = 4096;

/**
 * Rows that a batch takes in the log: numbers are given out by it, and no message brings so many bytes.
 */
export const LOG_ROWS_A_BATCH_MAX = 1024;

/**
 * Flushes back to which the log is kept for replicas that have not confirmed it: some 64 MB of documents. One that lags
 * further copies all documents, which is bounded by what there is; the log would grow for as long as a replica is gone.
 */
export const LOG_FLUSHES_MAX = 16;

/** Postings in a block: what is decoded at a time, and skipped when it can't matter. */
export const BLOCK_POSTINGS = 128;

/** An id's UTF-16 units: the house's ids have at most 256 bytes, and the room in which ids are read has this. */
export const ID_UNITS_MAX = 256;

/** Terms in a block of the dictionary, and ids in a block of ids: an entry is found by reading its block. */
export const DICTIONARY_BLOCK_TERMS = 32;
export const ID_BLOCK_IDS = 16;

/** A block of stored documents, which has a place in an index: a document is found by skipping those before it. */
export const DOCUMENT_BLOCK_BYTES = 4 * 1024;

/** Text from which a segment's table of words is made; what is rare in so much is rare enough to be written out. */
export const WORD_SAMPLE_TEXT = 1024 * 1024;

/** Words in the table, bytes of one, and bytes of all: the table is needed whole to read a document. */
export const WORD_TABLE_MAX = 65_536;
export const WORD_BYTES_MAX = 64;
export const WORD_TABLE_BYTES_MAX = 512 * 1024;

/** Pairs of frequency and length that bound a block's scores: more bound closer and take more room. */
export const IMPACTS_MAX = 4;

/**
 * Segments of about the same size that are merged into one: more means fewer merges, and more segments to search, at some
 * microseconds each. With 10, as Lucene has it, a document of a hundred words is written twice on its way into a segment of
 * 25,000.
 */
export const MERGE_FACTOR = 10;

/** A segment with a larger share of deleted documents is written anew. */
export const DELETED_SHARE_MAX = 0.25;

/** Documents' text that a merge may bring together, so that a segment of large documents stays bounded, too. */
export const MERGED_TEXT_MAX = 256 * 1024 * 1024;

/** The index of a field's dictionary is one part; a merge that would make it larger than this is not done. */
export const DICTIONARY_INDEX_BYTES_MAX = 768 * 1024;

/**
 * Documents, and UTF-16 units of their texts, that are indexed anew in one step after the fields were declared otherwise: some
 * 100 ms, in which the leaf answers nothing else.
 */
export const REFRESH_DOCUMENTS_MAX = 1000;
export const REFRESH_TEXT_MAX = 1024 * 1024;
