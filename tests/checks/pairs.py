"""Claim sets and paragraphs with faithful translations, written for the tests."""

from __future__ import annotations

PUMP_ZH = (
    "1. 一种离心泵，包括泵壳（1）、叶轮（2）和密封圈（3a、3b），其特征在于，所述叶轮（2）的直径为12.5 mm至20 "
    "mm，所述泵壳（1）由钢和陶瓷组成。\n"
    "2. 根据权利要求1所述的离心泵，其特征在于，所述叶轮（2）设有三个叶片，转速不超过3000转/分钟。\n"
    "3. 根据权利要求1或2所述的离心泵，其特征在于，所述密封圈（3a、3b）的材料选自由橡胶和PTFE组成的组。\n"
    "4. 一种制造权利要求1至3中任一项所述离心泵的方法，其特征在于，包括：（1）在700±10 ℃下铸造所述泵壳（1）；"
    "（2）装入所述叶轮（2）。\n"
)
PUMP_EN = (
    "1. A centrifugal pump, comprising a casing (1), an impeller (2) and sealing rings (3a, 3b), characterized "
    "in that the impeller (2) has a diameter of 12.5 mm to 20 mm and the casing (1) consists of steel and "
    "ceramic.\n"
    "2. The centrifugal pump according to claim 1, characterized in that the impeller (2) is provided with "
    "three blades and has a rotational speed of not more than 3,000 rpm.\n"
    "3. The centrifugal pump according to claim 1 or 2, characterized in that the material of the sealing "
    "rings (3a, 3b) is selected from the group consisting of rubber and PTFE.\n"
    "4. A method of making the centrifugal pump according to any one of claims 1 to 3, characterized by "
    "comprising: (1) casting the casing (1) at 700 ± 10 °C; (2) inserting the impeller (2).\n"
)
CATHODE_ZH = (
    "1. 一种正极材料，由LiFePO4和碳组成，其中碳的质量分数为1.5％～5％。\n"
    "2. 如权利要求1所述的正极材料，其中所述LiFePO4的平均粒径小于等于2微米，比表面积为10-15 m2/g。\n"
    "3. 权利要求2所述的正极材料的制备方法，包括：将原料按摩尔比1：1：1.02混合，在650摄氏度下烧结8小时，"
    "升温速率为5℃/min。\n"
)
CATHODE_EN = (
    "1. A cathode material, consisting of LiFePO4 and carbon, wherein the mass fraction of the carbon is 1.5% "
    "to 5%.\n"
    "2. The cathode material as claimed in claim 1, wherein the LiFePO4 has a mean particle size of at most 2 "
    "μm and a specific surface area of 10 to 15 m²/g.\n"
    "3. A method for preparing the cathode material of claim 2, comprising: mixing raw materials in a molar "
    "ratio of 1:1:1.02 and sintering at 650 °C for 8 h, the heating rate being 5 °C/min.\n"
)
PARAGRAPHS_ZH = (
    "[0012] 如图1和图2a所示，壳体10内设有十万个微孔，孔径为0.5μm以上。\n"
    "[0013] 在步骤S101中，参见图3，温度升至-20℃至80℃，持续二十分钟，收率达百分之九十五。\n"
)
PARAGRAPHS_EN = (
    "[0012] As shown in FIG. 1 and FIG. 2A, one hundred thousand micropores of 0.5 μm or more are provided in "
    "the housing 10.\n"
    "[0013] In step S101, referring to FIG. 3, the temperature is raised to -20 °C to 80 °C for twenty "
    "minutes, and the yield is 95%.\n"
)

FAITHFUL = ((PUMP_ZH, PUMP_EN), (CATHODE_ZH, CATHODE_EN), (PARAGRAPHS_ZH, PARAGRAPHS_EN))
