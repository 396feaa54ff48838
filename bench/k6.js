// The job loop of the generator benchmark, as k6's users write it.
import http from "k6/http";
import { check } from "k6";

export const options = { vus: 64, duration: "10m", discardResponseBodies: false };

export default function () {
  const host = __ENV.HOST;
  const headers = { headers: { "Content-Type": "application/json" } };
  const id = http.post(`${host}/tasks`, JSON.stringify({ type: "any", number: 1 }), headers).json("id");
  const status = http.get(`${host}/tasks/${id}/status`, { tags: { name: "status" } });
  check(status, { done: (reply) => reply.json("status") === "SUCCEEDED" });
  http.get(`${host}/tasks/${id}`, { tags: { name: "result" } }).json("result");
}
