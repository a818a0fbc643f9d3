#include "ctl/sample_talk.h"

/* A doctors' practice: the staff among themselves and with patients. No talk
 * here is medical advice, and every person is made up. */

static const char *const front_desk[] = {
	"Good morning, the phones are down again. Mobile is at the desk: "
	"extension 7.",
	"Third time this month. Did somebody call the provider?",
	"Yes, a technician comes between 9 and 13, which means 12:59.",
	"Waiting room is full already, mostly flu shots.",
	"Can we open the second room for the shots? Then the check-ups are not "
	"delayed.",
	"Room 2 is free until eleven. I bring the fridge box over.",
	"There are 30 doses in the box, please write down the lot number on "
	"each card.",
	"A gentleman asks whether he can come back with his dog in the car.",
	"The dog yes, the shot no. We only do people here.",
	"He laughed. He also brought apples for everybody, they are in the "
	"kitchen.",
	"Phones work again, 12:57. I take back half of what I said.",
	NULL
};

static const char *const appointment[] = {
	"Hello, I would like an appointment for my daughter. She is six and "
	"has had a cough for ten days.",
	"Good morning. Does she have a fever, or trouble breathing?",
	"No fever. She runs around as always, it is just the cough at night.",
	"Then tomorrow is early enough. 8:40 or 16:10?",
	"16:10 please, so that she does not miss school.",
	"Noted for tomorrow, 16:10, with Dr. Lindqvist. Please bring the "
	"yellow booklet.",
	"Does the doctor speak Spanish? My mother will come with her, her "
	"English is not so good.",
	"Sí, la enfermera Pilar habla español y estará con ellas.",
	"¡Qué bien, muchas gracias! Mi madre estará más tranquila.",
	"De nada. Si tiene fiebre esta noche, llámenos o venga antes.",
	"We were there: just a stubborn cold. She loved the stickers.",
	NULL
};

static const char *const shift_swap[] = {
	"Can anybody take my Saturday on the 14th? My brother is getting "
	"married.",
	"Congratulations! I can do the morning, not the afternoon.",
	"I take the afternoon if you take my Monday late shift.",
	"Deal, both of you are angels.",
	"Please enter it in the plan as well, not only here. Last time two "
	"people stood in front of a locked door.",
	"Entered. Morning Ruth, afternoon Deniz, Monday late me.",
	"Approved. And I expect pictures of the cake.",
	"It has four floors. Photo follows, "
	"https://photos.example.org/wedding-cake.jpg",
	"Four floors and no lift!",
	NULL
};

static const char *const lab_results[] = {
	"The lab sent the values of this morning under yesterday's date. Did "
	"anybody else notice?",
	"Yes, eleven of them. I called; their clock was wrong after "
	"maintenance.",
	"Are they going to send corrected reports?",
	"By noon. Until then please do not file any of the eleven.",
	"I have put a red note on the folder.",
	"Patient with the potassium of 5.9 is being called in now. If that "
	"value is true, we do not wait for paper.",
	"Good. Could also be a shaken sample, the driver was new.",
	"Repeat measurement here: 4.4. So it was the sample after all.",
	"I have told him, he was relieved and is having breakfast now.",
	"Corrected reports are in, all eleven with the right date. Red note "
	"removed.",
	"Thank you all. I will write the mix-up into the quality book.",
	NULL
};

static const char *const vaccine_fridge[] = {
	"Fridge alarm! It shows 9.2 degrees and should be below 8.",
	"Since when? The logger keeps the times.",
	"Door was not closed properly at 6:50, probably the cleaning. Above 8 "
	"for 41 minutes.",
	"Which doses are inside?",
	"20 flu, 12 tetanus, 6 measles. The box for travellers is in the other "
	"fridge.",
	"Put a 'do not use' sign on it, do not throw anything away. I am "
	"calling the manufacturer.",
	"Sign is up, door is closed, down to 7.1 already.",
	"They say up to 12 degrees for 72 hours is covered for flu and "
	"tetanus. Measles they check and call back.",
	"Measles is fine too, written confirmation is in the mailbox.",
	"So we keep all 38. A latch that closes by itself costs 15, I am "
	"ordering one.",
	"Please order two, the other fridge has the same door.",
	NULL
};

static const char *const home_visit[] = {
	"I am on the way to Mrs Kowalczyk, who still has stairs to climb and "
	"no lift?",
	"Fourth floor, sorry. Key is with the neighbour, second door on the "
	"left, he is called Emre.",
	"Blood pressure 138 over 84, she is in a good mood and has made soup.",
	"Did you eat the soup?",
	"Pani Kowalczyk mówi, że bez zupy nikt nie wychodzi. So yes.",
	"Does she take the new tablets?",
	"She halves them, because 'half a pill is half a worry'. I explained "
	"it again and wrote it in large letters.",
	"I will ask her son to fill the box on Sundays.",
	"Good idea. The wound on the ankle is closed, no bandage needed any "
	"more.",
	"Great news. Then next visit in two weeks instead of one?",
	"She asks for one week, because of the soup.",
	NULL
};

static const char *const insurance_form[] = {
	"Could you help me with the form for the insurance? They want to know "
	"'code of treatment' and I have no idea.",
	"Of course. What was the date of the visit?",
	"The 9th, it was the X-ray of the wrist.",
	"Then two codes: one for the picture and one for reading it. I will "
	"write both on a paper with a stamp.",
	"Can I get it by mail, or do I have to come?",
	"With your health data in it I would rather not send it by plain mail. "
	"You can pick it up or use the portal: https://portal.example.com",
	"Portal is fine. I forgot my number there, though.",
	"You find it on the back of your patient card, the eight digits below "
	"the line.",
	"Oh, that is what those are for! I am in.",
	"The document is in your folder since 15:02.",
	"Downloaded and sent. They already confirmed. Thank you so much.",
	NULL
};

static const char *const training[] = {
	"First aid training for the team: Wednesday 13:00 or Friday 8:00?",
	"Wednesday. On Friday at eight I am not a person yet.",
	"Wednesday works for me too, if somebody covers the desk.",
	"I cover the desk, I did my refresher in March.",
	"The trainer asks whether we want to practise with children's dummies "
	"as well.",
	"Yes please, we have so many families.",
	"And an allergic shock, with the pen. Everybody should have held one "
	"once.",
	"Ordered: baby dummy, child dummy, training pens.",
	"Well done today, everyone. 110 beats per minute for four minutes is a "
	"workout!",
	"My arms are spaghetti. But now I know that the song in my head is too "
	"slow.",
	"Which song?",
	"A lullaby. I am changing it to something with drums.",
	NULL
};

const char *const *const sample_clinic_chats[] = {
	front_desk, appointment,    shift_swap, lab_results, vaccine_fridge,
	home_visit, insurance_form, training,	NULL
};
