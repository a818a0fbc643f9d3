"""Real things that requests can be about."""

import os
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "docs/openapi.yaml"

API = os.environ["CONFAB_API_URL"]
INGEST = os.environ["CONFAB_INGEST_URL"]
KEY = {"Authorization": f"Bearer {os.environ['CONFAB_OPERATOR_KEY']}"}
WORD = "walkabout"
DEADLINE_S = 60

session = requests.Session()
session.trust_env = False


def post(path, body=None):
    answer = session.post(API + path, json=body,
                          headers={"Prefer": "wait=30"})
    assert answer.status_code == 201, f"POST {path}: {answer.text}"
    return answer.json()


def get(path):
    return session.get(API + path, headers=KEY)


class World:
    """An application with a chat, and messages that a search finds."""

    def __init__(self):
        self.token = post("/applications", {"name": "Walk"})["token"]
        # a second one, so that the list of all has a next page
        post("/applications", {"name": "Walk on"})
        chats = f"/applications/{self.token}/chats"
        self.chat = post(chats)["number"]
        post(chats)
        self.messages = f"{chats}/{self.chat}/messages"
        created = [post(self.messages, {"body": f"{WORD} {i}"})
                   for i in range(4)]
        self.number, self.edited = created[0]["number"], created[-1]["number"]
        self.job_id = created[0]["job_id"]
        self.cursors = {}
        self.await_search()

    def await_search(self):
        until = time.monotonic() + DEADLINE_S
        while True:
            hits = get(f"{self.messages}/search?q={WORD}").json()
            if len(hits) == 4:
                return
            assert time.monotonic() < until, f"The search has {len(hits)} of 4."
            time.sleep(0.1)

    def path_parameters(self, method):
        """What is edited is not what is searched for."""
        edits = method.upper() in ("PATCH", "PUT")
        return {"token": self.token, "chat": self.chat,
                "number": self.edited if edits else self.number,
                "job_id": self.job_id}

    def path(self, template, method="GET"):
        return template.format(**self.path_parameters(method))

    def next_cursor(self, template, searches):
        """The cursor of the second page."""
        if template not in self.cursors:
            query = f"?limit=1&q={WORD}" if searches else "?limit=1"
            answer = get(self.path(template) + query)
            assert "next" in answer.links, f"{template}{query}: no next page"
            url = answer.links["next"]["url"]
            cursor = parse_qs(urlsplit(url).query)["cursor"][0]
            self.cursors[template] = cursor
        return self.cursors[template]
