"""English phrases that tone is learned from: what customers write to a brand, by class.

`{t}` stands for a thing, `{w}` for since when, `{h}` for a person (`tone.examples` fills them in). One phrase a line. The list is
the lever of the whole classifier: a kind of sentence that is judged wrongly is added here, not patched elsewhere.
"""

from __future__ import annotations

NEGATIVE = """\
my {t} still hasn't arrived
where is my {t}? it was due last week
still waiting for my {t} {w}
no sign of my {t}
the {t} arrived broken
{t} came damaged and dirty
the {t} you sent is the wrong one
wrong {t} again
my {t} stopped working after two days
the {t} is dead, won't turn on
my {t} keeps crashing
the {t} crashes when I tap pay
I can't open the {t}
the {t} doesn't work {w}
nothing works {w}
no internet {w}
no power in our street {w}
the {t} has been down {w}
nobody answers
nobody picks up the phone
no one replies to my emails
I wrote four times and got no reply
you never called back
been in the queue for an hour and then cut off
the {h} was rude to me
your {h} laughed at us
the {h} never came
the {h} left without ringing the bell
waited all day for the {h}, nobody came
the {h} threw my {t} over the fence
you charged me twice
you took 80 euros too much
I was billed for a {t} I never ordered
hidden fees on my {t}
the price went up without a word
you promised a callback and nothing happened
you promised my {t} for Tuesday, it is Friday
was told it would take two days, now it's three weeks
third {t} in a row that is faulty
sent from one department to another
I've told the same story five times now
you keep asking for the same papers
your {h} gave me wrong information
my complaint was closed without any answer
the form throws an error every time
I get an error when I try to pay
the code never arrives
locked out of my {t} {w}
password reset doesn't send anything
the {t} was cancelled without telling us
missed my connection because of you
we stood on the platform in the rain for two hours
food was cold and an hour late
there was a hair in my {t}
the {t} smells of smoke
it leaks
it fell apart on day one
paid extra for express and it came a week late
paid for the big one, got the small one
the advert said free, the bill says otherwise
that's a trick to get our money
this is a rip-off
feels like a scam
I feel cheated
never again
I'm done with you
I will cancel my {t}
I'm leaving for another provider
last order from me
I want my money back
this is unacceptable
what a joke
you should be ashamed
disappointed in you
really annoyed
a waste of money
useless {t}
horrible service
poor quality
not good enough
doesn't help me at all
not satisfied with the answer
your answer has nothing to do with my question
you only sent me a link
stop sending me copy and paste
how hard can it be to send a {t}?
does anyone even read this?
why is it always the same with you?
why do you advertise something you don't have?
so you lost my {t}. amazing
great, the {t} is gone again
thanks for nothing
nice job ruining our holiday
congratulations, you broke it again
well done, my {t} went to another country
wonderful, third {h} and still no {t}
love waiting for a {t} that never comes
lucky me, no {t} for my birthday
half of the {t} is missing
parts are missing
scratches all over the {t}
my {t} got lost
it was left outside in the rain
stolen from the doorstep because your {h} left it there
the {t} ruined my shirt
my data was in the wrong hands
a stranger got my {t}
I got somebody else's {t}
you gave my address away
"""

URGENT = """\
there is smoke coming from the {t}
the {t} caught fire
I smell gas
sparks from the socket
the {t} gave me an electric shock
my child is hurt
my baby swallowed a part of it
my daughter has an allergic reaction
I'm diabetic and the {t} with my insulin is missing
my father needs the {t} for his breathing
we are stuck in the lift
we're stranded at the airport with two kids
stuck abroad without money
locked out in the cold tonight
no heating and a newborn in the house
no water and my mother is 90
the flight leaves in two hours
the wedding is tomorrow and the {t} isn't here
someone has access to my account right now
my account was hacked, money is leaving
somebody is using my card
stop the payment now
I need an answer today
deadline is tonight
please, it's an emergency
call an ambulance
water is running through the ceiling
the brakes failed
the {t} exploded
my lawyer will hear from you tomorrow
the wires are bare and kids play there
please react at once
"""

POSITIVE = """\
thank you so much
thanks for the fast help
thanks, that solved it
works now, thank you
all sorted, cheers
that did the trick
problem solved, thanks
you were a great help
the {h} was so kind
your {h} was friendly and quick
a big thank you to your {h}
kudos to the {h} in the shop
hats off to your team
please tell the {h} she made my day
my {t} arrived a day early
the {t} came faster than I thought
{t} arrived in perfect shape
so happy with my {t}
I love my new {t}
best {t} I ever had
the {t} is wonderful
great {t}, would buy it again
will be back
always a pleasure to shop with you
I recommend you to all my friends
you won a customer for life
wow, answered within minutes
didn't think it would be this easy
pleasantly surprised by the {t}
top service
excellent work
well done, team
keep it up
good job on the new {t}
the new {t} looks beautiful
nicely packed
fair price and good quality
ten out of ten
thumbs up
you saved our holiday
no complaints, all good
nothing to complain about
never had a problem with the {t}
everything went smoothly
the refund is here, thanks
the exchange was painless
that was quick!
you guys rock
lovely staff
great that you listen
your support was amazing
amazing service
really impressed by your {h}
impressed, well done
you are awesome
fantastic {t}
brilliant, thanks
delighted with the {t}
much appreciated
I appreciate the quick reply
you made my day
compliments to your team
"""

NEUTRAL = """\
do you sell the {t} in green?
is the {t} in stock?
how much is the {t}?
when will the {t} be back?
where can I find the {t}?
what time do you open tomorrow?
are you open on Sunday?
can I pay by card?
can I pick up the {t} in the shop?
can I take a dog on board?
is there parking nearby?
do you ship to Norway?
how long is the delivery?
how do I change my address?
how do I return the {t}?
how can I add a second person to my {t}?
which form do I need for the {t}?
what do I need to bring?
does the {t} work with an older model?
does it fit a 15 inch {t}?
is there a discount for families?
do you have a senior rate?
is the {t} covered by insurance?
does the offer include the {t}?
can I change the date of my booking?
I would like to end my {t} at the end of the month
please take me off the mailing list
please send me the {t} as a pdf
could you call me tomorrow morning?
please give me a ring after five
I'd like to order two more
my customer number is 48213
the number is 0049 30 1234
it's about the {t} from 3 May
I sent you a message with the details
see photo
I moved house, here is my new address
I would like to speak to sales
who do I contact for a job?
do you take interns?
is this vegan?
which size should I take?
what's the difference between the two?
is the sale still on?
until when is the voucher valid?
can I use two codes?
does anyone know if the {t} is waterproof?
how heavy is the {t}?
will there be a new version?
when do tickets go on sale?
can I upgrade my seat?
do I need a passport?
what is the battery size?
which platform does it leave from?
I'd like to book an appointment
is it possible to pay later?
are you open on holidays?
I have a question about the {t}
who can tell me more about the {t}?
how does the {t} work?
"""

THINGS = """\
parcel order delivery package letter invoice refund card router phone app website ticket booking seat bag tent jacket shoes tv fridge washing-machine laptop headset subscription contract account voucher train flight room meter modem tablet meal pizza sofa
"""

SINCE = """\
since Monday
for three days
for two weeks
for a month
since last Friday
since the update
for ages
all morning
since 7 am
"""

PERSONS = """\
driver courier agent technician cashier hotline clerk manager salesman engineer
"""

OPENINGS = """\
hi,
hello,
@brand
hey @brand
sorry but
so
and
hello team,
honestly,
"""

CLOSINGS = """\
please advise
order 48213
#service
any news?
what now?
"""
