import "../index.js";
import "./dashboard.css";

export { mountDashboard } from "./mount.js";
