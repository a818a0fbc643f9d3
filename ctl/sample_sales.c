#include "ctl/sample_talk.h"

/* A small company that sells solar roofs: its sales desk among themselves and
 * with customers. */

static const char *const monday_round[] = {
	"Morning all. Short round: what is hot this week?",
	"The bakery in Elm Park wants a second offer with batteries. I think "
	"they sign on Thursday.",
	"School district is still waiting for the council. No news until the "
	"20th.",
	"I have three warm leads from the fair, all farms, all with huge "
	"barns.",
	"Barns are great. South facing?",
	"Two of them yes, one is east-west, which is fine for their milking "
	"hours.",
	"Who takes the farms? Ines knows the language of cows.",
	"Very funny. But yes, give them to me, I grew up on one.",
	"Good. I would like numbers in the sheet by Wednesday noon: "
	"https://intranet.example.com/pipeline",
	"Is the sheet fixed? Last week it rounded every amount to thousands.",
	"Fixed on Friday. If it rounds again, shout.",
	"Last thing: parking behind the office is closed until the crane is "
	"gone.",
	NULL
};

static const char *const bakery_offer[] = {
	"Hi Tom, thanks for the first offer. We bake from 2 to 7 at night, so "
	"panels alone do not help us much.",
	"That is what I feared. With 20 kWh of storage you would cover about "
	"half of a summer night.",
	"And in winter?",
	"Honestly: very little. December gives you maybe a tenth of July.",
	"I like that you say it. The other company promised 'independence all "
	"year'.",
	"Independence from arithmetic, perhaps.",
	"Ha! So what would you do in my place?",
	"Start with 24 panels and 15 kWh. Leave space for a second battery and "
	"decide after one year of real numbers.",
	"What does that cost, all in, with the electrician?",
	"31,400 before the grant, about 26,900 after it. I will send the paper "
	"tonight.",
	"My wife wants to know how loud the inverter is. Our bedroom is above "
	"the storeroom.",
	"About as loud as a fridge, and at night it idles. We can hang it on "
	"the outer wall instead.",
	"Outer wall, please. Then we have a deal, I think.",
	"Great. Shall I come by on Thursday at eight with two copies?",
	"Come at seven, the croissants are better then.",
	NULL
};

static const char *const farm_visit[] = {
	"Ines, how was the visit at the Pereira farm?",
	"Wet boots and a very good cheese. The barn roof is 640 square metres, "
	"asbestos free, built in 2009.",
	"Load?",
	"The engineer has to look, but the beams are steel. The farmer kept "
	"the drawings in a biscuit tin.",
	"Best archive there is. What do they want?",
	"Cover the milking, charge two tractors later, sell the rest. They "
	"asked about leasing the roof instead of buying.",
	"We can do both. Leasing means less money for them but no risk.",
	"O Sr. Pereira disse: 'risco é o tempo, não o sol'. I think he will "
	"buy.",
	"Translate for the rest of us?",
	"'The risk is the weather, not the sun.' He has hail in mind, last May "
	"it took his greenhouse.",
	"Then put the hail test certificate on page one.",
	"Already done, with a photo of the ice ball they shoot at the glass.",
	NULL
};

static const char *const price_question[] = {
	"A customer asks why our panels are 11 percent above the discount "
	"shop. What do you usually answer?",
	"I ask them who they will call in year nine.",
	"And I show the list of importers that vanished in the last five "
	"years. It is two pages.",
	"Careful with naming competitors, legal was unhappy last time.",
	"No names, just the number: 41 of 60.",
	"Better. Also say what is included: scaffold, registration, first "
	"inspection.",
	"Scaffold is the big one. Cheap offers hide it in the small print.",
	"Good, I will make a table: theirs, ours, what is missing.",
	"Send it around when it is done, I want to steal it.",
	NULL
};

static const char *const german_customer[] = {
	"Guten Tag, wir möchten ein Balkonkraftwerk für unsere Mietwohnung. "
	"Geht das?",
	"Guten Tag! Ja, das geht. Haben Sie schon mit dem Vermieter "
	"gesprochen?",
	"Er sagt, er hat nichts dagegen, wenn die Fassade heil bleibt.",
	"Dann nehmen wir die Halterung zum Klemmen, ohne Bohren. Wie breit ist "
	"das Geländer?",
	"Drei Meter zwanzig, Richtung Südwesten, über uns kein Dach.",
	"Sehr gut. Zwei Module passen genau, das bringt im Jahr ungefähr 600 "
	"Kilowattstunden.",
	"Und was kostet der Spaß?",
	"639 Euro mit Wechselrichter und Kabel. Die Anmeldung machen Sie "
	"online, das dauert zehn Minuten.",
	"Muss der Zähler getauscht werden?",
	"Wenn er noch eine Drehscheibe hat, ja. Das macht der Netzbetreiber "
	"kostenlos.",
	"Er dreht sich noch fröhlich. Wir bestellen trotzdem schon einmal, "
	"danke schön!",
	NULL
};

static const char *const lost_deal[] = {
	"We lost the car dealer. Decision came this morning.",
	"Damn. Price?",
	"No, delivery. They wanted to open the new hall in March and we could "
	"only say May.",
	"Could we have said March?",
	"Only by moving the school, and I would not do that to the children or "
	"to the contract.",
	"Right call. Did you ask whether we may offer the charging columns "
	"later?",
	"I did, and she said yes, call in April. So not everything is lost.",
	"Put it in the calendar with her name and the reason. Future you will "
	"thank present you.",
	"Done. Present me needs a coffee now.",
	NULL
};

static const char *const demo_prepare[] = {
	"The housing cooperative has 14 people in the meeting tomorrow. Who "
	"brings the projector?",
	"They have a screen. I bring the adapter, all five kinds of it.",
	"What do they care about most?",
	"Fairness. Ground floor flats are afraid of paying for the roof of the "
	"top floor.",
	"Then start with the shares, not with the technology.",
	"Agreed. Slide one: who pays what, who gets what. Slide two: nothing "
	"changes if you move out.",
	"Do we have the shadow study of the chimney?",
	"Yes, https://files.example.com/coop/shadow.pdf page 4 is the one to "
	"print.",
	"The lady from the board wrote in Turkish to the neighbours: 'Güneş "
	"herkesin.' Lovely motto.",
	"'The sun belongs to everybody.' Can we ask to use it as our first "
	"slide?",
	"I asked. She said yes if we bring baklava.",
	"Consider it brought.",
	"Result: 12 yes, 1 no, 1 wants to think. We are in!",
	NULL
};

static const char *const grant_deadline[] = {
	"Attention: the regional grant closes on the 15th at midnight, not at "
	"the end of the month!",
	"Since when?",
	"Since this morning. The fund is nearly empty, see "
	"https://grants.example.org/solar/news",
	"I have four customers who count on it. Calling them now.",
	"Do they need the signed contract or is the offer enough?",
	"The offer with a date and the land register number is enough. "
	"Contract may follow within 60 days.",
	"Who can help me collect four register numbers before lunch?",
	"I take Hansen and Dubois.",
	"Then Li and Novák are mine. Mrs Novák never answers the phone though.",
	"Ring at her shop, she is there until one.",
	"All four are in. The confirmation mails arrived at 16:20.",
	"You people are the best. Cake tomorrow.",
	NULL
};

static const char *const new_colleague[] = {
	"Hello everybody, I am Amal, first day today. Where do I find the "
	"price list?",
	"Welcome Amal! The list is pinned on top here, and the real discounts "
	"are in Tom's head.",
	"Do not listen to her. Up to 3 percent you decide alone, above that "
	"you ask me.",
	"Good. And which customer should I under no circumstances annoy?",
	"The fire brigade. They are slow, polite, and they buy everything "
	"twice.",
	"Noted. مرحبا also to Yasmin, I heard you are from Tunis as well?",
	"أهلا وسهلا يا أمل! Lunch at half past twelve, I will show you the "
	"only good falafel in town.",
	"Can the rest of us come along or is that a private summit?",
	"Come, but you order in Arabic.",
	"I can say 'one more, please'. That has always been enough.",
	NULL
};

const char *const *const sample_sales_chats[] = {
	monday_round,	 bakery_offer, farm_visit,   price_question,
	german_customer, lost_deal,    demo_prepare, grant_deadline,
	new_colleague,	 NULL
};
