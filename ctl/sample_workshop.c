#include "ctl/sample_talk.h"

/* A team that builds tide and weather stations, hardware and software. */

static const char *const standup[] = {
	"Standup in text today, my train has no tunnel reception.",
	"Yesterday: reader for the new pressure sensor. Today: make it survive "
	"a pulled cable. No blockers.",
	"I chased the drift in station 12. It is not drift, it is a crab "
	"sitting on the float.",
	"Please tell me there is a picture.",
	"https://photos.example.org/station-12-crab.jpg he looks very settled.",
	"Can we filter for crabs?",
	"A jump of 4 cm within one sample is never the sea. So yes, in a way.",
	"Mine: wrote the migration, waiting for a review. Small one, 80 lines.",
	"I take the review after lunch.",
	"Reminder: the freeze for 2.4 is on Thursday, anything risky goes to "
	"2.5.",
	"Is the crab filter risky?",
	"Only for the crab.",
	NULL
};

static const char *const outage[] = {
	"Dashboard is red: no data from the northern stations since 03:12.",
	"Looking. All nine of them went silent in the same second, so it is "
	"not the stations.",
	"Provider status page is green, of course.",
	"The gateway answers ping but not on port 8883.",
	"Certificate?",
	"Valid until yesterday. We have a winner.",
	"How? The renewal runs every night!",
	"It did run, and it renewed. But the gateway only reads the file at "
	"start.",
	"So a restart fixes it, and the lesson is that nobody restarted it for "
	"90 days.",
	"Restarted at 08:31. Data comes in, stations had buffered everything.",
	"Confirmed: the gap in the graph is filling from the left. Beautiful.",
	"Follow-ups: reload on change, an alarm 14 days before expiry, and a "
	"test for both. I open three tickets.",
	"Add a fourth: the status page of the provider deserves a frown.",
	"Write-up is at "
	"https://wiki.example.com/incidents/gateway-certificate, please "
	"correct me where I am wrong.",
	"One correction: first alarm was 03:17, I slept through it. Sorry, I "
	"have turned the volume up.",
	"No sorry needed. We should not page one single person for nine "
	"stations.",
	NULL
};

static const char *const naming[] = {
	"I need a name for the thing that keeps the last hour of samples in "
	"memory.",
	"Buffer?",
	"We have four buffers already.",
	"Window, then. It slides, it has an edge, and one can look through it.",
	"I like window. But the display people have windows too.",
	"Call it 'recent'. It says what is in it.",
	"recent_add(), recent_since(), recent_forget(). That reads like "
	"English.",
	"Sold. The pull request is up in five minutes.",
	"Naming is done in eight messages, a team record.",
	NULL
};

static const char *const review[] = {
	"I left comments on your branch. Mostly small, one big.",
	"The big one is the lock?",
	"Yes. You hold it while writing to flash, and flash can take 40 ms.",
	"I thought the writer thread is the only one who ever waits there.",
	"It was, until the display began to read the calibration every second.",
	"Ah. Then copy under the lock, write without it?",
	"Exactly, and compare the generation afterwards in case somebody "
	"changed it meanwhile.",
	"What if they did?",
	"Write again. It converges, calibration does not change twice a "
	"second.",
	"Pushed. I also added the test that fails without it: two readers, one "
	"slow flash.",
	"The test is the best part. Approved.",
	"You also wrote 'nit: teh'. I fixed the typo in your comment about my "
	"typo.",
	"Touché.",
	NULL
};

static const char *const battery[] = {
	"Station 31 ate its battery in 9 days, the others last 200.",
	"Different firmware?",
	"Same build, same board revision, newer modem.",
	"Modem then. Does it sleep?",
	"It says it does. My meter says 38 mA, which is not what I call "
	"sleeping.",
	"The new modem wants the DTR line high before it accepts the sleep "
	"command. Page 112 of the manual, in grey print.",
	"Who writes these manuals?",
	"People who never had to climb onto a buoy in November.",
	"With DTR high: 1.1 mA. Projected life 187 days.",
	"Can you add a check at start that measures it and complains?",
	"The board has no meter of its own, but I can watch the voltage for "
	"ten minutes after sleeping.",
	"Good enough. Complaints at under 0.2 percent per hour would be noise "
	"though.",
	NULL
};

static const char *const deploy[] = {
	"2.4 is tagged. Order: test bench, two harbour stations, then "
	"everything else tomorrow.",
	"Bench is green, 40 minutes of replayed storm included.",
	"Harbour stations are updated. Memory looks flat.",
	"One oddity: the clock in harbour 2 jumped by an hour.",
	"Summer time?",
	"In UTC there is no summer, that is the point of UTC.",
	"Found it: the old version wrote local time into the config and the "
	"new one reads it as UTC.",
	"Only stations set up before 2019 have that field. That is six of "
	"them.",
	"Stop the rollout?",
	"Yes, ten minutes. I convert the field when the config is read and log "
	"it once.",
	"2.4.1 is tagged. The bench now has a 2018 config as a test case.",
	"All 57 stations are on 2.4.1, clocks within 20 ms. Calling it done.",
	NULL
};

static const char *const interview[] = {
	"We meet the candidate for the embedded position at 14:00. Who asks "
	"what?",
	"I do the pairing hour: read a datasheet together, write the driver "
	"for the LED ring.",
	"I would like to ask about a bug she is proud of having found.",
	"Good question, people light up at that one.",
	"Please nobody ask about the number of golf balls in a bus.",
	"How many is it, by the way?",
	"Enough.",
	"Feedback: calm, precise, said 'I do not know, let me look' twice. I "
	"would hire her today.",
	"Same here. She found an error in our datasheet copy.",
	"Then we send the offer this afternoon. Hoffentlich sagt sie ja.",
	"She said yes!",
	NULL
};

static const char *const unicode_bug[] = {
	"Somebody named a station 'Ærøskøbing' and the export cuts it to "
	"'?r?sk?bing'.",
	"Which export? CSV or the printed one?",
	"The printed one. CSV is fine, but Excel opens it as Latin-1 and then "
	"it looks broken as well.",
	"For Excel we can write a byte order mark, only in the download, never "
	"in the API.",
	"And the printer?",
	"The font simply has no such glyphs. It has 96 characters and is proud "
	"of them.",
	"Test names for the list: Ærøskøbing, Łeba, Ψαρά, Одеса, 室戸岬, "
	"Reykjavík.",
	"室戸岬 in 58 mm paper width, nice. Will a bigger font file fit into "
	"the flash?",
	"2.3 MB for everything, or 180 kB if we take Latin, Greek and Cyrillic "
	"and leave the rest to the screen.",
	"Take the small one and print the station number where a glyph is "
	"missing.",
	"Fix is merged. Printed slip from Łeba hangs on the fridge.",
	NULL
};

static const char *const database_growth[] = {
	"The samples table grows by 6 GB a month. In spring the disk is full.",
	"Do we really need one-second values from 2015?",
	"Research does, for storms. Nobody needs them for calm days.",
	"So keep seconds around every event, and minute averages for the rest?",
	"That is about 4 percent of the size. But who decides what an event "
	"is?",
	"A rise of more than 30 cm above the predicted tide, plus six hours on "
	"both sides.",
	"I would archive the seconds to cold storage first and delete a year "
	"later, just in case.",
	"Agreed. Deleting is easy, explaining is not.",
	"I ran it on a copy: 212 GB became 11, and the queries of the museum "
	"page went from 3 s to 80 ms.",
	"The museum will think that we bought a new server.",
	"Let them. Plan: archive this week, thin out next week, one station at "
	"a time.",
	NULL
};

static const char *const friday[] = {
	"Friday question: what was your first program?",
	"A guessing game in BASIC that always let my sister lose.",
	"Turtle graphics. I drew a house and the turtle could not find the way "
	"out.",
	"HTML with a visitor counter. It counted only me.",
	"A calculator in Pascal, which answered 3 divided by 0 with my name.",
	"Mine was a punched card for a knitting machine. Does that count?",
	"That counts double.",
	"Did the sweater compile?",
	"One sleeve was longer. Off by one, as usual.",
	"And on that note: good weekend, everybody. No deploys!",
	NULL
};

const char *const *const sample_workshop_chats[] = {
	standup,   outage,	naming,		 review, battery, deploy,
	interview, unicode_bug, database_growth, friday, NULL
};
