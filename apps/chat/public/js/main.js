import { ChatPage } from "./chat-page.js";
import { JoinScreen } from "./join-screen.js";
import { forgetTabName, keepName, tabName } from "./remembered.js";

const page = new ChatPage((reason) => {
  forgetTabName();
  screen.show(reason);
});
const screen = new JoinScreen(enter);

const name = tabName();
if (name === "") screen.show("");
else enter(name);

/** @param {string} name */
function enter(name) {
  keepName(name);
  screen.hide();
  page.enter(name);
}
