import { type Signal, signal } from "@preact/signals";

/** The times until which a person has read, by the hash of the conversation. */
export class ReadMarks {
  readonly marks: Signal<Readonly<Record<string, string>>>;
  readonly #key: string;

  constructor(person: string) {
    this.#key = `chat read marks of ${person}`;
    this.marks = signal(this.#read());
    addEventListener("storage", ({ key }) => {
      if (key === this.#key) this.marks.value = this.#read();
    });
  }

  of(hash: string): string {
    return this.marks.value[hash] ?? "";
  }

  /** Moves the mark of a conversation to the time of its newest message. */
  readUntil(hash: string, time: string): void {
    if (time <= this.of(hash)) return;
    this.marks.value = { ...this.marks.value, [hash]: time };
    localStorage.setItem(this.#key, JSON.stringify(this.marks.value));
  }

  #read(): Record<string, string> {
    try {
      return Object(JSON.parse(localStorage.getItem(this.#key) ?? "{}"));
    } catch {
      return {};
    }
  }
}
