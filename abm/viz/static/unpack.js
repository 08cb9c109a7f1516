// Reads one packed block (see packing.py): typed arrays are laid over its bytes, nothing is copied where it can be helped.
const CV_KINDS = { f4: Float32Array, i4: Int32Array, u4: Uint32Array, u2: Uint16Array, u1: Uint8Array };

function unpack(block) {
  if (!block || block.byteLength < 4) return null;
  let bytes = new Uint8Array(block.buffer || block, block.byteOffset || 0, block.byteLength);
  if (bytes.byteOffset % 8) bytes = bytes.slice(); // typed arrays must begin at a multiple of their size
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const start = bytes.byteOffset + 4 + length;
  const arrays = {};
  for (const [name, { at, n, kind }] of Object.entries(header.arrays)) {
    arrays[name] = new CV_KINDS[kind](bytes.buffer, start + at, n);
  }
  return { meta: header.meta, arrays };
}
