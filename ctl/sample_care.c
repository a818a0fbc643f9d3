#include "ctl/sample_talk.h"

/* A homeware shop's customers and the people who answer them. */

static const char *const charged_twice[] = {
	"Hello, I think I was charged twice for order HL-48213. My bank shows "
	"two payments of 64.90 on Monday.",
	"Hello Mara, thank you for writing. Let me look at the payments for "
	"that order.",
	"Take your time, I have the statement open in front of me.",
	"I see one payment that went through at 18:02 and a second one at "
	"18:03 that was only reserved. Did you press the button twice?",
	"Possibly. The page hung for a while and I got impatient.",
	"That explains it. The second amount was never collected, your bank "
	"only holds it for a few days.",
	"So I do not have to do anything?",
	"Right. It should vanish by Thursday. If it is still there on Friday, "
	"answer here and I will send your bank a release letter.",
	"Perfect. And the lamp itself, is it on its way?",
	"It left our warehouse this morning. You can follow it at "
	"https://track.example.com/HL-48213",
	"Wonderful, that was quick. Have a nice day!",
	"You too. I will close the ticket on Friday unless I hear from you.",
	"Small update: the reservation is gone since last night. You can close "
	"it.",
	NULL
};

static const char *const broken_teapot[] = {
	"My teapot arrived in four pieces :( The box looked fine from outside.",
	"Oh no, I am sorry. Could you send us a photo of the pieces and of the "
	"padding inside?",
	"Here: https://photos.example.org/teapot-1.jpg and "
	"https://photos.example.org/teapot-2.jpg",
	"Thank you. I can see there was no paper between the lid and the pot, "
	"that is our fault.",
	"I would rather have a new one than the money, if you still have the "
	"green glaze.",
	"We have seven left. I have reserved one and asked the warehouse to "
	"pack it with care.",
	"Do I need to send the shards back?",
	"Please keep or recycle them. Ceramics go into the rubble bin, not "
	"into glass.",
	"Good to know, I would have put it with the bottles.",
	"Many people do. The new pot is parcel HL-48377, arriving Wednesday.",
	"It is here and in one piece. First tea is brewing. Thanks a lot!",
	NULL
};

static const char *const change_address[] = {
	"I am moving on the 1st and my order of the bookshelf comes on the "
	"3rd. Can it go to the new flat?",
	"Yes, as long as it has not been handed to the carrier. What is the "
	"new address?",
	"14 Quay Street, flat 3B, second floor. There is a lift but it is "
	"tiny.",
	"How tiny? The longest board is 2.10 metres.",
	"Then it will have to take the stairs. Is that a problem for the "
	"driver?",
	"They deliver to the kerb unless we book carrying. Shall I add it? It "
	"costs 19.",
	"Yes please, my back will thank you.",
	"Done. You get a call half an hour before they arrive.",
	"One more thing: the name on the bell is still Okafor, not mine.",
	"Added as a note for the driver. Good luck with the move!",
	NULL
};

static const char *const forgotten_password[] = {
	"I cannot log in any more. The reset mail never comes.",
	"Sorry to hear that. Which mail address do you use? Please only tell "
	"me the part after the @.",
	"It ends in example.net",
	"That provider has been delaying our mails since yesterday. Some took "
	"three hours.",
	"Then I may have six reset mails coming. Which one is valid?",
	"Only the newest. Each new request makes the older links useless.",
	"Ah, that is why the first one that arrived said 'expired'.",
	"Exactly. Shall I send one now and you wait for it?",
	"Please.",
	"Sent at 10:41. Ignore everything with an earlier time.",
	"Got it at 10:58, logged in, password changed. You could mention that "
	"on the reset page.",
	"Fair point, I passed it on to the web team.",
	NULL
};

static const char *const french_customer[] = {
	"Bonjour, est-ce que je peux écrire en français ?",
	"Bien sûr ! Comment puis-je vous aider ?",
	"J'ai commandé deux bols bleus mais j'en ai reçu un seul, et il est "
	"ébréché.",
	"Je suis vraiment désolé. Avez-vous le numéro de la commande ?",
	"HL-47902, passée le 3 de ce mois.",
	"Merci. Je vois deux colis : le premier est livré, l'autre est resté "
	"au dépôt de Lyon.",
	"Ah, d'accord. Donc le deuxième bol va arriver ?",
	"Oui, demain avant midi. Et je vous en envoie un nouveau pour "
	"remplacer celui qui est abîmé.",
	"C'est très gentil. Faut-il renvoyer le bol cassé ?",
	"Non, gardez-le : il peut encore servir de pot pour une plante.",
	"Excellente idée, j'ai justement un petit cactus. Merci beaucoup !",
	NULL
};

static const char *const gift_card[] = {
	"The gift card my sister gave me says 'unknown code'.",
	"Let us check. Does the code have an O or a zero in the middle? They "
	"look alike in that print.",
	"Hm. It could be either. I typed the letter.",
	"Our codes never contain the letter O. Try again with zeros, please.",
	"It works! 50 pounds, thank you. Who picked that font?",
	"Nobody admits to it. New cards will have a different one from next "
	"month.",
	"Does the card expire? I would like to wait for the winter things.",
	"Five years from the purchase, so you have time until you are tired of "
	"it.",
	NULL
};

static const char *const colour_question[] = {
	"Is the 'sand' curtain closer to yellow or to grey? On my phone it "
	"looks green.",
	"In daylight it is a warm grey with a little yellow. Under bulbs it "
	"turns more yellow.",
	"My wall is a cold white. Would it bite?",
	"I would take 'linen' for a cold white wall. Shall I send you two "
	"fabric samples? They are free.",
	"That would be lovely. Could you add 'clay' as well?",
	"Of course, three samples are on their way by letter post.",
	"Samples came. You were right about sand, and clay is the winner!",
	"Happy to hear it. Clay comes in 140 and 200 cm widths.",
	"How do I measure? The window is 118 wide and the rail 160.",
	"Measure the rail, not the window. For soft folds take about one and a "
	"half times: so two panels of 140.",
	"Two panels of 140 it is. How long do they take?",
	"They are sewn on order, about nine working days.",
	"Fine, the old ones will survive that long.",
	NULL
};

static const char *const late_parcel[] = {
	"Tracking has said 'out for delivery' for three days now. I took a day "
	"off for this parcel.",
	"I understand the anger. Let me call the depot, may I get back to you "
	"in ten minutes?",
	"Okay.",
	"The depot found it: the label was torn and nobody could read the "
	"street. It has been lying on a shelf.",
	"And nobody thought of scanning the other label on the bottom?",
	"They should have. We have filed a complaint on your behalf.",
	"When does it come, realistically?",
	"Tomorrow between 8 and 10, or you pick it up tonight until 20:00 at "
	"Mill Road 5. Which is better?",
	"I will pick it up, I have lost trust in the van.",
	"I have told them to keep it at the counter. Please bring an identity "
	"card.",
	"Collected. The man at the counter was friendly at least.",
	"I am glad. I have put the 6.50 for shipping back on your card, that "
	"is the least we can do.",
	"Appreciated. No hard feelings.",
	NULL
};

static const char *const assembly_help[] = {
	"Step 7 of the manual for the side table makes no sense. Which side do "
	"the cams go?",
	"You are not the first to ask. In step 7 the board is drawn upside "
	"down.",
	"Aha! So the holes have to face the floor?",
	"Yes, holes down, and the arrow of each cam points to the nearest "
	"edge.",
	"Now I have one long screw left over. Should I worry?",
	"Is it the 45 mm one with the black head?",
	"Exactly that one.",
	"Then it is the spare. There is always one in the bag, though the "
	"manual never says so.",
	"Ha, I was about to take the thing apart again.",
	"There is a video too, two minutes long: "
	"https://help.example.com/side-table",
	"Table stands, cat is already sitting on it. Thank you!",
	"The final quality check, as we call it.",
	NULL
};

static const char *const japanese_customer[] = {
	"こんにちは。日本への配送はできますか？",
	"Hello! Yes, we ship to Japan. Is it all right if I answer in English, "
	"with a translation?",
	"はい、大丈夫です。英語も少し読めます。",
	"Parcels to Japan take 6 to 9 days. "
	"日本への配送は6日から9日かかります。",
	"関税は別に払いますか？",
	"Orders under 10,000 yen are usually free of duty. Above that the "
	"carrier asks you for it at the door.",
	"わかりました。木のスプーンを四本お願いします。",
	"Four spoons of olive wood, reserved for you until Sunday. "
	"ご注文ありがとうございます。",
	"昨日届きました。とてもきれいです！",
	NULL
};

static const char *const wrong_invoice[] = {
	"The invoice for HL-46650 shows my private name, but I need the "
	"company on it: Ortega & Söhne GmbH.",
	"I can reissue it. What is the VAT number, and should the address "
	"change too?",
	"Same address. VAT is on our profile, I entered it yesterday, after "
	"ordering unfortunately.",
	"Found it. The new invoice cancels the first one, so you will receive "
	"two documents: a credit note and the new invoice.",
	"My accountant will like that even less, but if it has to be...",
	"It is the only way that keeps both our books straight, sorry.",
	"No problem. Can you send both as one PDF?",
	"Sent to the mail address of the account. The credit note is page one.",
	"Received. Future orders will have the company automatically?",
	"Yes, from now on, unless you tick 'private purchase' in the last "
	"step.",
	NULL
};

static const char *const praise[] = {
	"No complaint this time: I only want to say that the linen sheets are "
	"the best I have ever slept in.",
	"What a nice message to start the day with! May I share it with the "
	"weavers?",
	"Please do. Are they really made in one place from thread to hem?",
	"They are. Eleven people in a small town by the river; the youngest is "
	"19 and the oldest 71.",
	"Then tell the one aged 71 that my grandmother approves, and she "
	"approves of nothing.",
	"I read it aloud in the hall. There was applause, and one 'finally!'",
	"Now I feel I should order pillow cases as well.",
	"You should. From the same batch of dye there are twelve left.",
	"Four of those, then. You are very good at this.",
	NULL
};

const char *const *const sample_care_chats[] = { charged_twice,
						 broken_teapot,
						 change_address,
						 forgotten_password,
						 french_customer,
						 gift_card,
						 colour_question,
						 late_parcel,
						 assembly_help,
						 japanese_customer,
						 wrong_invoice,
						 praise,
						 NULL };
