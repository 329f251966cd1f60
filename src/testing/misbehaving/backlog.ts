// Bytes that came in pieces of any size and are not yet taken. Each is copied a few times at the most, in however small
// pieces they come.
export class Backlog {
  #room: Uint8Array = new Uint8Array();
  #start = 0;
  #end = 0;

  /** All of them, until more are added. */
  get waiting(): Uint8Array {
    return this.#room.subarray(this.#start, this.#end);
  }

  add(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#room.length) {
      const { waiting } = this;
      // Twice what is needed: as much has to come as was copied before it is copied again.
      this.#room = new Uint8Array(2 * (waiting.length + bytes.length));
      this.#room.set(waiting);
      this.#start = 0;
      this.#end = waiting.length;
    }
    this.#room.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The first of them, which wait no more. */
  take(size: number): Uint8Array {
    const taken = this.waiting.slice(0, size);
    this.#start += taken.length;
    return taken;
  }

  copy(): Backlog {
    const copy = new Backlog();
    copy.add(this.waiting);
    return copy;
  }
}
