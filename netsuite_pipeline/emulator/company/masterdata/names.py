"""Words from which the fictional customers, vendors, people, items and places get their names."""

FIRST_NAMES = (
    "Ada", "Amara", "Anders", "Beatriz", "Bengt", "Callum", "Chiara", "Daniel", "Deepa", "Elif", "Emeka",
    "Esther", "Farah", "Felix", "Greta", "Hana", "Hugo", "Imani", "Ines", "Ivan", "Jia", "Jonas", "Kamala",
    "Kenji", "Laura", "Leila", "Liam", "Lucía", "Magnus", "Mei", "Mohammed", "Nadia", "Niamh", "Noor",
    "Olga", "Oscar", "Paulo", "Priya", "Rafael", "Renée", "Rosa", "Samir", "Sofia", "Søren", "Tariq",
    "Thandi", "Tomás", "Vera", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Acosta", "Adeyemi", "Andersson", "Baptiste", "Becker", "Bianchi", "Calloway", "Castellanos",
    "Chaudhary", "Dietrich", "Dubois", "Eriksen", "Farouk", "Fitzgerald", "García", "Haddad", "Hayashi",
    "Hoffmann", "Ibrahim", "Jansen", "Kaplan", "Kowalski", "Lindqvist", "MacLeod", "Marchetti", "Mbeki",
    "Moreau", "Müller", "Nakamura", "Novák", "O'Brien", "Okafor", "Olsen", "Pacheco", "Petrov", "Quinlan",
    "Ramírez", "Rasmussen", "Rossi", "Sato", "Schneider", "Sinclair", "Sousa", "Takahashi", "Tremblay",
    "Ueda", "Vance", "Whitfield", "Zieliński",
)  # fmt: skip
COMPANY_FIRST = (
    "Alder", "Amber", "Anchor", "Aspen", "Beacon", "Birch", "Bluewater", "Bramble", "Cascade", "Cedar",
    "Cobalt", "Copper", "Coral", "Crescent", "Delta", "Drift", "Ember", "Falcon", "Fern", "Foxglove",
    "Granite", "Harbor", "Hazel", "Heron", "Indigo", "Iron", "Juniper", "Keystone", "Lantern", "Larch",
    "Lighthouse", "Linden", "Marigold", "Meridian", "Mill", "North", "Oak", "Orchard", "Pebble", "Pinnacle",
    "Quarry", "Raven", "River", "Saffron", "Sage", "Silver", "Slate", "Stone", "Summit", "Thistle",
    "Timber", "Umber", "Valley", "Willow",
)  # fmt: skip
COMPANY_SECOND = (
    "bridge Instruments", " Valley Foods", " & Sons Hydraulics", "field Logistics", " Street Clinics",
    " Optics", " Robotics", "ton Dairy", " Marine Supply", " Analytics", " Process Controls",
    "wood Furniture", " Pharma", " Water Works", " Brewing", " Labs", " Paper Mills", " Rail", " Energy",
    " Packaging", " Textiles", " Tooling", " Aerospace", " Building Products", " Printing", " Medical",
    " Semiconductor", " Pumps & Valves", " Catering", " Education Trust",
)  # fmt: skip
VENDOR_SECOND = (
    " Freight", " Metals", " Office Supply", " Components", " Castings", " Staffing", " Cloud Hosting",
    " Plastics", " Electronics", " Calibration Services", " Cleaning", " Travel", " Legal", " Wire & Cable",
    " Fasteners", " Power Utility", " Insurance Brokers", " Marketing", " Tool Hire", " Chemicals",
)  # fmt: skip
LEGAL_FORMS = {
    1: (" Inc.", " LLC", " Corp.", ""),
    2: (" Ltd", " plc", ""),
    3: (" GmbH", " AG", " KG"),
    4: (" Inc.", " Ltée", ""),
}
ITEM_FIRST = (
    "Flow", "Pressure", "Level", "Thermal", "Optical", "Vibration", "Torque", "Density", "Humidity", "Gas",
    "Laser", "Ultrasonic", "Inline", "Portable", "Rugged", "Sanitary", "Wireless", "High-Range", "Compact",
    "Dual",
)  # fmt: skip
ITEM_SECOND = (
    "Sensor", "Transmitter", "Gauge", "Probe", "Controller", "Analyzer", "Switch", "Meter", "Recorder",
    "Display", "Gateway", "Calibrator", "Mounting Kit", "Cable Set", "Seal Kit", "Battery Pack", "Housing",
    "Valve", "Flange", "Power Supply",
)  # fmt: skip
SERVICE_ITEMS = (
    "On-Site Calibration", "Commissioning", "Annual Support", "Training Day", "Remote Diagnostics",
    "Extended Warranty", "Engineering Hours", "Data Subscription",
)  # fmt: skip
TITLES = (
    "Account Executive", "Controller", "Buyer", "Field Engineer", "Support Engineer", "Warehouse Lead",
    "AP Specialist", "AR Specialist", "Product Manager", "Software Engineer", "Marketing Manager",
    "HR Partner",
)  # fmt: skip
CITIES = {
    1: (("Portland", "OR", "97201"), ("San Diego", "CA", "92101"), ("Austin", "TX", "78701"),
        ("Columbus", "OH", "43004"),
        ("Denver", "CO", "80202"), ("Albany", "NY", "12207"), ("Boise", "ID", "83702")),
    2: (("Leeds", "West Yorkshire", "LS1 4DY"), ("Bristol", "Avon", "BS1 5TR"),
        ("Glasgow", "Lanarkshire", "G1 3SL"),
        ("London", "London", "EC2A 4NE")),
    3: (("Köln", "NW", "50667"), ("München", "BY", "80331"), ("Görlitz", "SN", "02826"),
        ("Hamburg", "HH", "20095")),
    4: (("Montréal", "QC", "H2Y 1C6"), ("Calgary", "AB", "T2P 1J9"), ("Halifax", "NS", "B3J 1S9"),
        ("Toronto", "ON", "M5H 2N2")),
}  # fmt: skip
STREETS = (
    "Mill Road", "Station Street", "Harbour Way", "Kirchgasse", "Lindenallee", "Rue des Érables",
    "4th Avenue", "Foundry Lane", "Canal Walk", "Hilltop Drive", "Old Quarry Road", "Market Square",
)  # fmt: skip
MEMOS = (
    "Per agreement", "Rush order", "Standing order", "Q-end shipment", "Replacement parts",
    "Spare parts for line 3", "Annual service", "Approved by phone", "See attached PO", "Ship complete",
    "Customer pickup", "Split delivery",
)  # fmt: skip
