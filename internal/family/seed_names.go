package family

// spelled is a name in its own script and in the letters of an email address.
type spelled struct{ name, ascii string }

var seedGiven = []spelled{
	{"Maria", "maria"}, {"José", "jose"}, {"Sofía", "sofia"}, {"Diego", "diego"}, {"Lucía", "lucia"}, {"Mateo", "mateo"},
	{"Emma", "emma"}, {"Liam", "liam"}, {"Olivia", "olivia"}, {"Noah", "noah"}, {"Ava", "ava"}, {"Ethan", "ethan"},
	{"Hannah", "hannah"}, {"Jacob", "jacob"}, {"Grace", "grace"}, {"Samuel", "samuel"}, {"Chloé", "chloe"}, {"Zoë", "zoe"},
	{"Renée", "renee"}, {"François", "francois"}, {"Jürgen", "juergen"}, {"Käthe", "kaethe"}, {"Søren", "soren"}, {"Åsa", "asa"},
	{"Łukasz", "lukasz"}, {"Agnieszka", "agnieszka"}, {"Żaneta", "zaneta"}, {"İrem", "irem"}, {"Çağlar", "caglar"},
	{"Priya", "priya"}, {"Arjun", "arjun"}, {"Anjali", "anjali"}, {"Rohan", "rohan"}, {"Fatima", "fatima"}, {"Omar", "omar"},
	{"Aisha", "aisha"}, {"Yusuf", "yusuf"}, {"Ngọc", "ngoc"}, {"Minh", "minh"}, {"Ánh", "anh"}, {"Đức", "duc"},
	{"Оксана", "oksana"}, {"Сергей", "sergei"}, {"Наталья", "natalia"}, {"Νίκος", "nikos"}, {"Ελένη", "eleni"},
	{"نور", "noor"}, {"أحمد", "ahmad"}, {"ליאור", "lior"}, {"נועה", "noa"}, {"花子", "hanako"}, {"健", "ken"},
	{"小明", "xiaoming"}, {"美玲", "meiling"}, {"민준", "minjun"}, {"서연", "seoyeon"}, {"अनिता", "anita"}, {"राहुल", "rahul"},
	{"Kwame", "kwame"}, {"Amara", "amara"}, {"Malia", "malia"}, {"Keoni", "keoni"}, {"Siobhán", "siobhan"}, {"Aoife", "aoife"},
}

var seedSurnames = []spelled{
	{"Lopez", "lopez"}, {"García", "garcia"}, {"Hernández", "hernandez"}, {"Martínez", "martinez"}, {"Rodríguez", "rodriguez"},
	{"Peña", "pena"}, {"Castillo", "castillo"}, {"de la Cruz", "delacruz"}, {"Smith", "smith"}, {"Johnson", "johnson"},
	{"Carter", "carter"}, {"Brooks", "brooks"}, {"O’Brien", "obrien"}, {"O’Connor", "oconnor"}, {"McAllister", "mcallister"},
	{"Smith-Jones", "smithjones"}, {"Williams", "williams"}, {"Davis", "davis"}, {"Turner", "turner"}, {"Walker", "walker"},
	{"Nguyễn", "nguyen"}, {"Trần", "tran"}, {"Phạm", "pham"}, {"Müller", "mueller"}, {"Weiß", "weiss"}, {"Schäfer", "schaefer"},
	{"Kowalski", "kowalski"}, {"Wiśniewska", "wisniewska"}, {"Łoś", "los"}, {"Novák", "novak"}, {"Horváth", "horvath"},
	{"Jørgensen", "jorgensen"}, {"Lindström", "lindstrom"}, {"Æbelø", "aebelo"}, {"Yılmaz", "yilmaz"}, {"Öztürk", "ozturk"},
	{"Dubois", "dubois"}, {"Lefèvre", "lefevre"}, {"Rossi", "rossi"}, {"D’Angelo", "dangelo"}, {"Silva", "silva"}, {"Conceição", "conceicao"},
	{"Иванова", "ivanova"}, {"Шевченко", "shevchenko"}, {"Παπαδόπουλος", "papadopoulos"}, {"الخطيب", "alkhatib"}, {"כהן", "cohen"},
	{"山田", "yamada"}, {"佐藤", "sato"}, {"王", "wang"}, {"陳", "chen"}, {"김", "kim"}, {"박", "park"}, {"शर्मा", "sharma"},
	{"Patel", "patel"}, {"Kaur", "kaur"}, {"Singh", "singh"}, {"Okafor", "okafor"}, {"Mensah", "mensah"}, {"Kahananui", "kahananui"},
}

var seedRelations = []string{"Mother", "Father", "Grandparent", "Stepmother", "Stepfather", "Guardian", ""}

// Area codes of real cities; the numbers behind them are from the block kept for fiction.
var seedAreas = []int{312, 773, 872, 708, 630, 224, 847, 331, 815, 217, 309, 618, 414, 262, 608, 219, 317, 574, 313, 248, 734, 616, 651, 612, 763, 319, 515, 563, 573, 314}
