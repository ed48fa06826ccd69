/** Followers by topic, as an application keeps them where its library has no topics. */
export class Topics<Member> {
  readonly #members = new Map<string, Set<Member>>();
  size = 0;

  /** Returns the function that removes the member. */
  add(topic: string, member: Member): () => void {
    const members = this.of(topic);
    members.add(member);
    this.size += 1;
    return () => {
      if (members.delete(member)) this.size -= 1;
    };
  }

  of(topic: string): Set<Member> {
    let members = this.#members.get(topic);
    if (members === undefined) {
      members = new Set();
      this.#members.set(topic, members);
    }
    return members;
  }
}
