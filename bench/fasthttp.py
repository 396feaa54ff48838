"""The job loop of the generator benchmark, as Locust's users write it: FastHttpUser."""

from locust import FastHttpUser, task


class JobUser(FastHttpUser):
    """Submit, one poll, result."""

    @task
    def job(self) -> None:
        """One job."""
        with self.client.post("/tasks", json={"type": "any", "number": 1}, catch_response=True) as reply:
            job = reply.json()["id"]
        with self.client.get(f"/tasks/{job}/status", name="/tasks/{id}/status", catch_response=True) as reply:
            if reply.json()["status"] != "SUCCEEDED":
                reply.failure("not done")
        with self.client.get(f"/tasks/{job}", name="/tasks/{id}", catch_response=True) as reply:
            reply.json()
