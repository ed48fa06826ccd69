import { mountDashboard } from "@sse/ui/dashboard";

void mountDashboard({ title: "Chat", path: "/hub/stats" });
