import "./dashboard.css";

export { mountDashboard } from "./mount.js";
