#include "ctl/sample_talk.h"

/* A walking club, and the families in it. */

static const char *const sunday_tour[] = {
	"Who is coming on Sunday? Plan: Hollow Mill, over the ridge, down to "
	"the lake. 14 km, 420 m up.",
	"Me and both kids, if there is ice cream at the end.",
	"There is a kiosk at the lake, open until six.",
	"Count me in. Is the bridge at the mill repaired?",
	"I walked there on Wednesday: new planks, still smells of wood.",
	"Can a pram do it?",
	"Up to the mill yes, the ridge no. You could take the bus to the lake "
	"and meet us there.",
	"Good, grandma takes the bus with the little one.",
	"Forecast: cloudy, 16 degrees, wind from the west. "
	"https://weather.example.org/ridgeway",
	"Start at 9:15 from the station, the train from town arrives at 9:08.",
	"I bring the big thermos. Bring your own cups, please.",
	"What a day! 19 people, 2 dogs, no blisters.",
	"One blister. But I did not want to complain before the ice cream.",
	"Photos are in the album: https://photos.example.org/ridgeway/lake",
	NULL
};

static const char *const lost_glove[] = {
	"Has anybody seen a red glove? Left hand, knitted, with a hole in the "
	"thumb.",
	"There is one hanging on the signpost at the crossing, I thought it "
	"was an art thing.",
	"That is mine! Is it still there?",
	"I pass by tomorrow with the dog and will take it along.",
	"Rescued. The dog was very gentle with it.",
	"You are a hero, and so is Bruno. I will knit him a scarf.",
	"He would prefer a sausage.",
	NULL
};

static const char *const hut_weekend[] = {
	"The hut is free on the second weekend of October. 22 beds, kitchen, "
	"stove, no electricity after ten.",
	"Yes! Put us down for four.",
	"Two, and we bring the guitar.",
	"Is there a vegetarian option or should I bring my own lentils?",
	"We cook together: Saturday lentil stew for all, bacon on the side for "
	"those who miss it.",
	"Ich kann Brot backen, zwei große Laibe.",
	"Wunderbar, Jörg. Then I bring butter and the plum jam.",
	"How do we get the things up there? The road is closed for cars.",
	"The farmer drives our bags with the tractor for 20, we walk.",
	"Has anybody ever slept in the room above the stove?",
	"Once. It was like sleeping in the bread.",
	"14 names are on the list, eight beds left. Please pay by the 25th so "
	"that I can pay the deposit.",
	"Paid. Is there really no reception?",
	"Only on the bench behind the woodshed, and only if you stand on it.",
	"Sounds like heaven.",
	NULL
};

static const char *const mushrooms[] = {
	"Found these at the edge of the beech wood. Edible? "
	"https://photos.example.org/mushrooms-3.jpg",
	"Never eat anything because of a photo, please!",
	"I know, I only want to learn the names.",
	"Left one looks like a parasol, if the ring on the stem can be moved "
	"up and down.",
	"It slides. And the one on the right is slimy and purple.",
	"Amethyst deceiver perhaps. The name says it all.",
	"The mushroom advice at the town hall is open on Mondays from five to "
	"seven, they look at the basket for free.",
	"I was there. Two parasols yes, the purple ones yes but tasteless, and "
	"one was so poisonous that she washed her hands.",
	"And that is why we ask people and not the internet.",
	NULL
};

static const char *const birthday[] = {
	"Psst, Anneliese turns 80 on the 30th. She thinks that nobody knows.",
	"She has walked with us for 41 years! We have to do something.",
	"A walk, obviously. A short one that ends at a table.",
	"The garden restaurant at the weir has a room for 25. I could ask.",
	"Ask! I collect for the present: a new rucksack, hers is held together "
	"by tape.",
	"She loves that tape. But yes.",
	"Каждому по песне! Olga says that everyone must bring one song.",
	"I can only do 'Happy Birthday', and only in one key.",
	"Room is booked, 15:00, cake included. Who keeps her busy until then?",
	"I tell her that I lost my way and need to be rescued at the weir.",
	"She will believe that at once.",
	"She cried, she laughed, and then she corrected our second voice. "
	"Wonderful afternoon.",
	"Dear all, this is Anneliese, writing on my grandson's telephone. "
	"Thank you. I have put the tape on the new rucksack as well.",
	NULL
};

static const char *const path_repair[] = {
	"The storm took two trees down on the north path, one lies across the "
	"steps.",
	"I have told the forest office. They come next week, but not for the "
	"steps.",
	"Then we do the steps ourselves? I have a saw and two strong nephews.",
	"Saw needs a permit and a helmet. Tomasz has both.",
	"Saturday at ten I am there with helmet, permit and my wife, who is "
	"the one who really knows how.",
	"I bring shovels and gravel for the washed out corner.",
	"What about the sign? It points into the sky now.",
	"It is an honest sign. But I will bring a post and concrete.",
	"Finished at 15:30. Nine people, four cubic metres of wood, steps are "
	"better than before.",
	"The lady from the forest office walked by and asked whether she could "
	"hire us.",
	"What did you say?",
	"Payment in firewood, and she agreed!",
	NULL
};

static const char *const greek_trip[] = {
	"Spring trip: who would come to Crete for a week? Gorge, coast path, "
	"villages.",
	"Yes, yes, and yes.",
	"What does it cost, roughly?",
	"About 700 with the flight, or 620 and three days by train and ferry.",
	"Train and ferry! We have books to read.",
	"My aunt has a guest house in Loutró. Λέει ότι έχει δέκα δωμάτια και "
	"μια μεγάλη ταράτσα.",
	"Ten rooms and a terrace, say thank you to her already!",
	"Ευχαριστούμε πολύ, θεία Ελένη!",
	"She asks whether anyone is afraid of goats.",
	"Only of the ones that eat maps.",
	"Dates: 18 to 26 April. After that it is too hot for the gorge.",
	"Booked the ferry for twelve, the cabins are tiny but they have "
	"windows.",
	"Packing list: good soles, a hat, two litres of water a day, no more "
	"than 9 kilos.",
	"Nine kilos with or without the books?",
	NULL
};

const char *const *const sample_club_chats[] = { sunday_tour, lost_glove,
						 hut_weekend, mushrooms,
						 birthday,    path_repair,
						 greek_trip,  NULL };
