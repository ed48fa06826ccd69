import { mountDashboard } from "@sse/ui/dashboard";

void mountDashboard({ title: "Stock price", path: "/hub/stats" });
