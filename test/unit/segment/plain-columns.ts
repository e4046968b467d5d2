/** The least that can be columns: one number a document, its field `n`. */
import type {
  ColumnModule,
  LiveColumns,
  SegmentQuery,
} from "../../../shard-workers/segment/column-contract.ts";

export interface PlainColumns {
  numberOf(ordinal: number): number;
}

export const plainColumns: ColumnModule<PlainColumns> = {
  createLive(): PlainColumns & LiveColumns {
    const numbers: number[] = [];
    return {
      bytes: 0,
      add: (_, document) => numbers.push(Number(document["n"] ?? 0)),
      numberOf: (ordinal) => numbers[ordinal] ?? Number.NaN,
    };
  },
  open(_fields, documents, parts) {
    return {
      numberOf(ordinal) {
        const bytes = parts.read("n");
        if (bytes === undefined || ordinal >= documents) return Number.NaN;
        return new Float64Array(bytes.buffer, bytes.byteOffset, documents)[ordinal] ?? Number.NaN;
      },
    };
  },
  *encode(_fields, documents, sources) {
    const numbers = new Float64Array(documents);
    for (const { columns, newOrdinals } of sources) {
      newOrdinals.forEach((newOrdinal, ordinal) => {
        if (newOrdinal >= 0) numbers[newOrdinal] = columns.numberOf(ordinal);
      });
      yield undefined;
    }
    yield { name: "n", bytes: new Uint8Array(numbers.buffer) };
  },
};

/** Documents whose `n` is even; sorted by `n`. */
export const evenNumbers: SegmentQuery<PlainColumns> = {
  filter({ documents, columns }) {
    const bits = new Uint32Array((documents + 31) >>> 5);
    for (let ordinal = 0; ordinal < documents; ordinal++) {
      if (columns.numberOf(ordinal) % 2 === 0)
        bits[ordinal >>> 5] = (bits[ordinal >>> 5] ?? 0) | (1 << (ordinal & 31));
    }
    return bits;
  },
};
