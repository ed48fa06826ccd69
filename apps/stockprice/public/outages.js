/**
 * A time without a connection. `to` is absent while it lasts.
 * @typedef {{ from: number, to?: number, missed: number }} Outage
 */

/** When this page was without a connection; all charts show it. */
export class Outages {
  /** @type {Outage[]} */
  all = [];

  get current() {
    const last = this.all.at(-1);
    return last?.to === undefined ? last : undefined;
  }

  /** @param {number} from when the last price came */
  begin(from) {
    if (this.current === undefined) this.all.push({ from, missed: 0 });
  }

  /**
   * @param {number} to when the last missed price was made
   * @param {number} missed how many prices of each share were missed
   */
  end(to, missed) {
    if (this.current !== undefined) Object.assign(this.current, { to, missed });
    this.all = this.all.slice(-20);
  }
}
