/** The words of the texts: with line ends, quotes and letters of one to four bytes. */
const words = [
  " the",
  " größe",
  " 漢字",
  " 🎉",
  "\n\n",
  ' "quoted"',
  "\r\n",
  " a",
  " \\n",
  " naïve",
  " data:",
  " 1",
];

/** Returns the n-th token of an answer, which its run's id decides. */
export function tokenOf(run: string, n: number): string {
  let hash = 2_166_136_261;
  for (const letter of `${run} ${n}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619) >>> 0;
  return `${words[hash % words.length]}${hash % 5 === 0 ? n : ""}`;
}

/** The request for an answer. */
export interface AnswerRequest {
  readonly run: string;
  readonly tokens: number;
  /** Milliseconds between two bursts of tokens. */
  readonly pace: number;
  /** Tokens that are appended at once; 1: by `run.pipe`, each after the one before. */
  readonly burst: number;
}

/** A line that an instance prints about a run. */
export interface ProducerLine {
  readonly run: string;
  /**
   * `called`: the model was called, for a new run or to go on with a lost one. `stored`: so many
   * tokens have been acknowledged. `over`: the model has stopped.
   */
  readonly what: "called" | "resumed" | "stored" | "over";
  readonly count: number;
}
